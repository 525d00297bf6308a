import datetime
import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Branch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=200, verbose_name='code')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('kind', models.CharField(choices=[('main', 'main library'), ('branch', 'branch library'), ('bus', 'mobile library'), ('institution', 'institution'), ('depot', 'depot')], default='branch', max_length=12, verbose_name='kind')),
                ('street', models.CharField(blank=True, max_length=300, verbose_name='street address')),
                ('postal_code', models.CharField(blank=True, max_length=16, verbose_name='postal code')),
                ('city', models.CharField(blank=True, max_length=100, verbose_name='city')),
            ],
            options={
                'verbose_name': 'branch',
                'verbose_name_plural': 'branches',
                'ordering': ['library__name', 'name'],
            },
        ),
        migrations.CreateModel(
            name='StaffAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ('home_branch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='home branch')),
            ],
            options={
                'verbose_name': 'staff account',
                'verbose_name_plural': 'staff accounts',
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='Consortium',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=64, verbose_name='code')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
            ],
            options={
                'verbose_name': 'consortium',
                'verbose_name_plural': 'consortia',
                'constraints': [models.UniqueConstraint(fields=('code',), name='consortium_code_once')],
            },
        ),
        migrations.CreateModel(
            name='Library',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=200, verbose_name='code')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('consortium', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='libraries', to='organisations.consortium', verbose_name='consortium')),
            ],
            options={
                'verbose_name': 'library',
                'verbose_name_plural': 'libraries',
                'ordering': ['name'],
            },
        ),
        migrations.AddField(
            model_name='branch',
            name='library',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='branches', to='organisations.library', verbose_name='library'),
        ),
        migrations.CreateModel(
            name='OpeningHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField(verbose_name='weekday')),
                ('opens', models.TimeField(verbose_name='opens')),
                ('closes', models.TimeField(verbose_name='closes')),
                ('kind', models.CharField(choices=[('staffed', 'staff serve'), ('present', 'staff present'), ('self_service', 'self-service hours')], default='staffed', max_length=12, verbose_name='kind')),
                ('valid_from', models.DateField(verbose_name='from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='to')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hours', to='organisations.branch', verbose_name='branch')),
            ],
            options={
                'verbose_name': 'opening hours',
                'verbose_name_plural': 'opening hours',
                'ordering': ['branch', 'weekday', 'opens'],
            },
        ),
        migrations.CreateModel(
            name='RoleGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('coordinator', 'regional coordinator'), ('branch_manager', 'branch manager'), ('desk', 'desk'), ('cataloguer', 'cataloguer'), ('transport', 'transport'), ('ake', 'regional developer'), ('chat', 'chat'), ('privacy_officer', 'privacy officer'), ('read_only', 'read only')], max_length=16, verbose_name='role')),
                ('granted_at', models.DateTimeField(verbose_name='granted')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed')),
                ('ends_date', models.DateField(blank=True, null=True, verbose_name='until')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='grants', to=settings.AUTH_USER_MODEL, verbose_name='account')),
                ('branch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organisations.branch', verbose_name='branch')),
                ('granted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='granted by')),
                ('library', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organisations.library', verbose_name='library')),
            ],
            options={
                'verbose_name': 'role of an account',
                'verbose_name_plural': 'roles of accounts',
            },
        ),
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('action', models.CharField(max_length=64, verbose_name='action')),
                ('object_kind', models.CharField(max_length=64, verbose_name='kind of object')),
                ('object_id', models.CharField(max_length=64, verbose_name='object')),
                ('details', models.JSONField(default=dict, verbose_name='details')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('branch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='where')),
            ],
            options={
                'verbose_name': 'audit event',
                'verbose_name_plural': 'audit events',
                'ordering': ['-at'],
                'indexes': [models.Index(fields=['at'], name='audit_event_by_time'), models.Index(fields=['object_kind', 'object_id'], name='audit_event_by_object')],
            },
        ),
        migrations.CreateModel(
            name='BusStop',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('first_date', models.DateField(verbose_name='first visit')),
                ('cycle_days', models.PositiveSmallIntegerField(default=14, verbose_name='days between visits')),
                ('opens', models.TimeField(verbose_name='comes')),
                ('closes', models.TimeField(verbose_name='leaves')),
                ('last_date', models.DateField(blank=True, null=True, verbose_name='last visit')),
                ('bus', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stops', to='organisations.branch', verbose_name='mobile library')),
            ],
            options={
                'verbose_name': 'bus stop',
                'verbose_name_plural': 'bus stops',
                'constraints': [models.CheckConstraint(condition=models.Q(('cycle_days__gt', 0)), name='bus_stop_cycle_above_zero'), models.CheckConstraint(condition=models.Q(('closes__gt', models.F('opens'))), name='bus_stop_leaves_later')],
            },
        ),
        migrations.CreateModel(
            name='Desk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('network', models.CharField(blank=True, max_length=64, verbose_name='network')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='desks', to='organisations.branch', verbose_name='branch')),
            ],
            options={
                'verbose_name': 'desk',
                'verbose_name_plural': 'desks',
                'ordering': ['branch__name', 'name'],
                'constraints': [models.UniqueConstraint(fields=('branch', 'name'), name='desk_name_once_in_branch')],
            },
        ),
        migrations.CreateModel(
            name='ExceptionalDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField(verbose_name='date')),
                ('opens', models.TimeField(blank=True, null=True, verbose_name='opens')),
                ('closes', models.TimeField(blank=True, null=True, verbose_name='closes')),
                ('kind', models.CharField(choices=[('staffed', 'staff serve'), ('present', 'staff present'), ('self_service', 'self-service hours')], default='staffed', max_length=12, verbose_name='kind')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason')),
                ('branch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='exceptional_days', to='organisations.branch', verbose_name='branch')),
            ],
            options={
                'verbose_name': 'exceptional day',
                'verbose_name_plural': 'exceptional days',
                'ordering': ['date'],
                'constraints': [models.UniqueConstraint(django.db.models.functions.comparison.Coalesce('branch', 0), models.F('date'), django.db.models.functions.comparison.Coalesce('opens', models.Value(datetime.time(0, 0))), name='exceptional_day_once'), models.CheckConstraint(condition=models.Q(models.Q(('closes', None), ('opens', None)), ('closes__gt', models.F('opens')), _connector='OR'), name='exceptional_day_closes_later')],
            },
        ),
        migrations.AddConstraint(
            model_name='library',
            constraint=models.UniqueConstraint(fields=('code',), name='library_code_once'),
        ),
        migrations.AddConstraint(
            model_name='library',
            constraint=models.CheckConstraint(condition=models.Q(('code', ''), _negated=True), name='library_has_code'),
        ),
        migrations.AddConstraint(
            model_name='branch',
            constraint=models.UniqueConstraint(fields=('library', 'code'), name='branch_code_once_in_library'),
        ),
        migrations.AddConstraint(
            model_name='branch',
            constraint=models.CheckConstraint(condition=models.Q(('code', ''), _negated=True), name='branch_has_code'),
        ),
        migrations.AddConstraint(
            model_name='openinghours',
            constraint=models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='hours_weekday'),
        ),
        migrations.AddConstraint(
            model_name='openinghours',
            constraint=models.CheckConstraint(condition=models.Q(('closes__gt', models.F('opens'))), name='hours_close_later'),
        ),
        migrations.AddConstraint(
            model_name='rolegrant',
            constraint=models.UniqueConstraint(models.F('account'), models.F('role'), django.db.models.functions.comparison.Coalesce('library', 0), django.db.models.functions.comparison.Coalesce('branch', 0), name='role_granted_once'),
        ),
        migrations.AddConstraint(
            model_name='rolegrant',
            constraint=models.CheckConstraint(condition=models.Q(('library', None), ('branch', None), _connector='OR'), name='role_in_one_unit'),
        ),
    ]
