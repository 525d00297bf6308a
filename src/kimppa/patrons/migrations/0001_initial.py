import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('organisations', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PatronCategory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=64, verbose_name='code')),
                ('name_fi', models.CharField(max_length=200, verbose_name='name in Finnish')),
                ('name_sv', models.CharField(blank=True, max_length=200, verbose_name='name in Swedish')),
                ('name_en', models.CharField(blank=True, max_length=200, verbose_name='name in English')),
                ('is_institution', models.BooleanField(default=False, verbose_name='is an institution')),
                ('is_retired', models.BooleanField(default=False, verbose_name='no longer given')),
            ],
            options={
                'verbose_name': 'patron category',
                'verbose_name_plural': 'patron categories',
                'ordering': ['code'],
                'constraints': [models.UniqueConstraint(fields=('code',), name='patron_category_code_once')],
            },
        ),
        migrations.CreateModel(
            name='Patron',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, verbose_name='key in addresses')),
                ('surname', models.CharField(max_length=200, verbose_name='surname or name of the institution')),
                ('given_names', models.CharField(blank=True, max_length=200, verbose_name='given names')),
                ('name_key', models.CharField(blank=True, max_length=400, verbose_name='name for finding')),
                ('birth_date', models.DateField(blank=True, null=True, verbose_name='date of birth')),
                ('language', models.CharField(default='fi', max_length=8, verbose_name='language')),
                ('history', models.CharField(choices=[('off', 'not kept'), ('always', 'kept'), ('never', 'never kept')], default='off', max_length=8, verbose_name='loan history')),
                ('is_institution', models.BooleanField(default=False, verbose_name='is an institution')),
                ('non_disclosure_until', models.DateField(blank=True, null=True, verbose_name='non-disclosure until')),
                ('rules_version', models.CharField(blank=True, max_length=64, verbose_name='rules agreed to')),
                ('registered_at', models.DateTimeField(verbose_name='registered')),
                ('last_active_date', models.DateField(verbose_name='last active')),
                ('expires_date', models.DateField(blank=True, null=True, verbose_name='details to be checked by')),
                ('erased_at', models.DateTimeField(blank=True, null=True, verbose_name='erased')),
                ('home_branch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='home branch')),
                ('library', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.library', verbose_name='library')),
                ('merged_into', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged_from', to='patrons.patron', verbose_name='merged into')),
                ('registered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='registered by')),
                ('responsible_adult', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='institutions', to='patrons.patron', verbose_name='responsible adult')),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patrons.patroncategory', verbose_name='category')),
            ],
            options={
                'verbose_name': 'patron',
                'verbose_name_plural': 'patrons',
            },
        ),
        migrations.CreateModel(
            name='PatronMerge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('moved', models.JSONField(default=dict, verbose_name='what moved')),
                ('replaced', models.JSONField(default=dict, verbose_name='values before')),
                ('undo_until', models.DateTimeField(verbose_name='can be undone until')),
                ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='undone')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='can no longer be undone since')),
                ('branch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='branch')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('gone', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patrons.patron', verbose_name='merged into it')),
                ('kept', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merges', to='patrons.patron', verbose_name='kept')),
            ],
            options={
                'verbose_name': 'merge of patrons',
                'verbose_name_plural': 'merges of patrons',
            },
        ),
        migrations.CreateModel(
            name='PatronNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(verbose_name='text')),
                ('is_public', models.BooleanField(default=False, verbose_name='shown to the patron')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('expires_date', models.DateField(blank=True, null=True, verbose_name='until')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('patron', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='patrons.patron', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'note',
                'verbose_name_plural': 'notes',
                'ordering': ['-at'],
            },
        ),
        migrations.CreateModel(
            name='PhoneNumber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ('is_primary', models.BooleanField(default=False, verbose_name='used first')),
                ('value', models.CharField(max_length=32, verbose_name='telephone number')),
                ('takes_messages', models.BooleanField(default=True, verbose_name='takes text messages')),
                ('patron', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)s_set', to='patrons.patron', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'telephone number',
                'verbose_name_plural': 'telephone numbers',
                'ordering': ['-is_primary', '-valid_from', 'pk'],
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Pin',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hash', models.CharField(max_length=200, verbose_name='hash')),
                ('set_at', models.DateTimeField(verbose_name='set')),
                ('failures', models.PositiveSmallIntegerField(default=0, verbose_name='wrong tries in a row')),
                ('locked_until', models.DateTimeField(blank=True, null=True, verbose_name='locked until')),
                ('patron', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='pin', to='patrons.patron', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'PIN',
                'verbose_name_plural': 'PINs',
            },
        ),
        migrations.CreateModel(
            name='IdentityCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lookup_hash', models.CharField(max_length=64, verbose_name='keyed hash')),
                ('ciphertext', models.BinaryField(verbose_name='encrypted code')),
                ('stored_at', models.DateTimeField(verbose_name='stored')),
                ('patron', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='identity_code', to='patrons.patron', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'identity code',
                'verbose_name_plural': 'identity codes',
                'constraints': [models.UniqueConstraint(fields=('lookup_hash',), name='identity_code_once')],
            },
        ),
        migrations.CreateModel(
            name='Guardianship',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('began_date', models.DateField(verbose_name='began')),
                ('ended_date', models.DateField(blank=True, null=True, verbose_name='ended')),
                ('ended_because', models.CharField(blank=True, choices=[('new_guardian', 'another guardian took over'), ('age', 'the child came of the age in the rules'), ('request', 'on request')], max_length=12, verbose_name='why it ended')),
                ('consent_date', models.DateField(verbose_name='consent given')),
                ('rules_version', models.CharField(blank=True, max_length=64, verbose_name='rules agreed to')),
                ('child', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='guardianships', to='patrons.patron', verbose_name='child')),
                ('guardian', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='dependents', to='patrons.patron', verbose_name='guardian')),
            ],
            options={
                'verbose_name': 'guardianship',
                'verbose_name_plural': 'guardianships',
                'constraints': [models.CheckConstraint(condition=models.Q(('child', models.F('guardian')), _negated=True), name='guardian_is_another_person'), models.UniqueConstraint(condition=models.Q(('ended_date', None)), fields=('child', 'guardian'), name='guardianship_open_once'), models.CheckConstraint(condition=models.Q(models.Q(('ended_because', ''), ('ended_date', None)), models.Q(models.Q(('ended_date', None), _negated=True), models.Q(('ended_because', ''), _negated=True)), _connector='OR'), name='guardianship_ended_for_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='EmailAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ('is_primary', models.BooleanField(default=False, verbose_name='used first')),
                ('value', models.EmailField(max_length=254, verbose_name='e-mail address')),
                ('patron', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)s_set', to='patrons.patron', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'e-mail address',
                'verbose_name_plural': 'e-mail addresses',
                'ordering': ['-is_primary', '-valid_from', 'pk'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_primary', True), ('valid_to', None)), fields=('patron',), name='emailaddress_one_primary'), models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='emailaddress_ends_later')],
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('card_for_child', 'card for a child'), ('self_service', 'use of self-service libraries'), ('messages', 'messages by e-mail or text'), ('guardian_sees_loans', 'guardian sees the loans')], max_length=32, verbose_name='kind')),
                ('given_at', models.DateTimeField(verbose_name='given')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn')),
                ('text_version', models.CharField(blank=True, max_length=64, verbose_name='version of the text')),
                ('branch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='branch')),
                ('given_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='patrons.patron', verbose_name='given by')),
                ('patron', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='patrons.patron', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'consent',
                'verbose_name_plural': 'consents',
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('patron', 'kind'), name='consent_open_once')],
            },
        ),
        migrations.CreateModel(
            name='Card',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=64, verbose_name='number')),
                ('origin', models.CharField(blank=True, max_length=64, verbose_name='system it came from')),
                ('status', models.CharField(choices=[('active', 'active'), ('retired', 'retired'), ('lost', 'lost')], default='active', max_length=8, verbose_name='status')),
                ('is_main', models.BooleanField(default=False, verbose_name='main card')),
                ('issued_date', models.DateField(verbose_name='issued')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='retired or reported lost')),
                ('library', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.library', verbose_name='issuing library')),
                ('patron', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='cards', to='patrons.patron', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'library card',
                'verbose_name_plural': 'library cards',
                'ordering': ['-is_main', '-issued_date'],
                'constraints': [models.UniqueConstraint(fields=('number',), name='card_number_once'), models.UniqueConstraint(condition=models.Q(('is_main', True)), fields=('patron',), name='card_one_main_per_patron'), models.CheckConstraint(condition=models.Q(('number', ''), _negated=True), name='card_has_number'), models.CheckConstraint(condition=models.Q(('is_main', False), ('status', 'active'), _connector='OR'), name='card_main_is_active'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('status', 'active')), models.Q(models.Q(('status', 'active'), _negated=True), models.Q(('ended_at', None), _negated=True)), _connector='OR'), name='card_ended_when_not_active')],
            },
        ),
        migrations.CreateModel(
            name='Address',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='valid to')),
                ('is_primary', models.BooleanField(default=False, verbose_name='used first')),
                ('care_of', models.CharField(blank=True, max_length=200, verbose_name='c/o')),
                ('street', models.CharField(max_length=300, verbose_name='street address')),
                ('postal_code', models.CharField(blank=True, max_length=16, verbose_name='postal code')),
                ('city', models.CharField(blank=True, max_length=100, verbose_name='city')),
                ('country', models.CharField(default='FI', max_length=2, verbose_name='country')),
                ('patron', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(class)s_set', to='patrons.patron', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'address',
                'verbose_name_plural': 'addresses',
                'ordering': ['-is_primary', '-valid_from', 'pk'],
                'abstract': False,
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_primary', True), ('valid_to', None)), fields=('patron',), name='address_one_primary'), models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='address_ends_later')],
            },
        ),
        migrations.AddIndex(
            model_name='patron',
            index=models.Index(fields=['birth_date'], name='patron_by_birth_date'),
        ),
        migrations.AddIndex(
            model_name='patron',
            index=models.Index(fields=['last_active_date'], name='patron_by_last_active'),
        ),
        migrations.AddConstraint(
            model_name='patron',
            constraint=models.UniqueConstraint(fields=('key',), name='patron_key_once'),
        ),
        migrations.AddConstraint(
            model_name='patron',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into', models.F('id')), _negated=True), name='patron_not_merged_into_itself'),
        ),
        migrations.AddConstraint(
            model_name='patron',
            constraint=models.CheckConstraint(condition=models.Q(('is_institution', False), models.Q(('responsible_adult', None), _negated=True), models.Q(('erased_at', None), _negated=True), _connector='OR'), name='institution_has_responsible_adult'),
        ),
        migrations.AddConstraint(
            model_name='patron',
            constraint=models.CheckConstraint(condition=models.Q(('responsible_adult', models.F('id')), _negated=True), name='responsible_adult_is_another'),
        ),
        migrations.AddConstraint(
            model_name='patronmerge',
            constraint=models.CheckConstraint(condition=models.Q(('kept', models.F('gone')), _negated=True), name='merge_of_two_patrons'),
        ),
        migrations.AddConstraint(
            model_name='patronmerge',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('gone',), name='patron_merged_away_once'),
        ),
        migrations.AddConstraint(
            model_name='phonenumber',
            constraint=models.UniqueConstraint(condition=models.Q(('is_primary', True), ('valid_to', None)), fields=('patron',), name='phonenumber_one_primary'),
        ),
        migrations.AddConstraint(
            model_name='phonenumber',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='phonenumber_ends_later'),
        ),
    ]
