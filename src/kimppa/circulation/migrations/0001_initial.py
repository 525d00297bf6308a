import django.db.models.deletion
import django.db.models.functions.comparison
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalogue', '0001_initial'),
        ('organisations', '0001_initial'),
        ('patrons', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='QueueArea',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('item_type', models.CharField(blank=True, max_length=100, verbose_name='item type')),
                ('valid_from', models.DateField(verbose_name='from')),
                ('valid_to', models.DateField(blank=True, null=True, verbose_name='to')),
            ],
            options={
                'verbose_name': 'queue area',
                'verbose_name_plural': 'queue areas',
            },
        ),
        migrations.CreateModel(
            name='HoldGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('made_at', models.DateTimeField(verbose_name='made')),
                ('patron', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patrons.patron', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'group of holds',
                'verbose_name_plural': 'groups of holds',
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, verbose_name='key in addresses')),
                ('placed_at', models.DateTimeField(verbose_name='placed')),
                ('rank', models.BigIntegerField(verbose_name='place in the queue')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('in_transit', 'on its way'), ('ready', 'available for pickup'), ('filled', 'fetched'), ('cancelled', 'cancelled'), ('expired', 'not fetched')], default='waiting', max_length=12, verbose_name='state')),
                ('not_before_date', models.DateField(null=True, verbose_name='frozen until')),
                ('wanted_by_date', models.DateField(null=True, verbose_name='not needed after')),
                ('shelf_code', models.CharField(blank=True, max_length=16, verbose_name='hold shelf code')),
                ('ready_at', models.DateTimeField(null=True, verbose_name='available since')),
                ('last_pickup_date', models.DateField(null=True, verbose_name='last pickup day')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='over since')),
                ('ended_from', models.CharField(blank=True, max_length=12, verbose_name='state before the end')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='ended by')),
                ('item', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.item', verbose_name='item set aside')),
                ('patron', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='patrons.patron', verbose_name='patron')),
                ('pickup_branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='pickup branch')),
                ('placed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='placed by')),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='catalogue.bibliographicrecord', verbose_name='record')),
                ('wanted_item', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.item', verbose_name='this very item')),
                ('group', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='circulation.holdgroup', verbose_name='group')),
            ],
            options={
                'verbose_name': 'hold',
                'verbose_name_plural': 'holds',
            },
        ),
        migrations.CreateModel(
            name='ItemState',
            fields=[
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='state', serialize=False, to='catalogue.item', verbose_name='item')),
                ('status', models.CharField(choices=[('on_shelf', 'on the shelf'), ('hold_shelf', 'waiting for pickup'), ('in_transit', 'in transit'), ('processing', 'being processed'), ('claimed', 'claims returned'), ('missing', 'missing'), ('lost', 'lost'), ('withdrawn', 'withdrawn')], max_length=12, verbose_name='status')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('branch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='is at')),
            ],
            options={
                'verbose_name': 'state of an item',
                'verbose_name_plural': 'states of items',
            },
        ),
        migrations.CreateModel(
            name='Loan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('loan', 'loan'), ('in_house', 'in-library use')], default='loan', max_length=8, verbose_name='kind')),
                ('began_at', models.DateTimeField(verbose_name='checked out')),
                ('due_date', models.DateField(verbose_name='due date')),
                ('renewals', models.PositiveSmallIntegerField(default=0, verbose_name='renewals')),
                ('renewed_at', models.DateTimeField(null=True, verbose_name='renewed')),
                ('claimed_returned_at', models.DateTimeField(null=True, verbose_name='claims returned')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended')),
                ('ending', models.CharField(blank=True, choices=[('returned', 'returned'), ('lost', 'lost'), ('written_off', 'written off')], max_length=12, verbose_name='ending')),
                ('category_code', models.CharField(max_length=64, verbose_name='patron category')),
                ('terms', models.JSONField(default=dict, verbose_name='terms')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='checked out at')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('ended_branch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='ended at')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='loans', to='catalogue.item', verbose_name='item')),
                ('patron', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='loans', to='patrons.patron', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'loan',
                'verbose_name_plural': 'loans',
            },
        ),
        migrations.CreateModel(
            name='Fee',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, editable=False, verbose_name='key in addresses')),
                ('kind', models.CharField(choices=[('overdue', 'overdue fine'), ('uncollected', 'hold not fetched'), ('lost_item', 'replacement of an item'), ('new_card', 'new card'), ('interlibrary', 'interlibrary loan'), ('address_check', 'address check'), ('invoice', 'handling of an invoice'), ('other', 'other')], max_length=16, verbose_name='kind')),
                ('legal_kind', models.CharField(choices=[('public', 'public-law fee'), ('private', 'private-law charge')], max_length=8, verbose_name='legal kind')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('made_at', models.DateTimeField(verbose_name='made')),
                ('open_cents', models.IntegerField(verbose_name='left, in cents')),
                ('item', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.item', verbose_name='item')),
                ('library', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.library', verbose_name='library')),
                ('patron', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='fees', to='patrons.patron', verbose_name='patron')),
                ('loan', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='fees', to='circulation.loan', verbose_name='loan')),
            ],
            options={
                'verbose_name': 'fee',
                'verbose_name_plural': 'fees',
                'ordering': ['-made_at'],
            },
        ),
        migrations.CreateModel(
            name='MessageChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('due_soon', 'due date comes near'), ('overdue', 'overdue'), ('hold_ready', 'hold available for pickup'), ('last_pickup_day', 'last pickup day'), ('fee', 'fee'), ('invoice', 'invoice')], max_length=16, verbose_name='kind')),
                ('channel', models.CharField(choices=[('email', 'e-mail'), ('sms', 'text message'), ('print', 'on paper'), ('none', 'not at all')], max_length=8, verbose_name='how')),
                ('lead_days', models.PositiveSmallIntegerField(default=2, verbose_name='days before')),
                ('patron', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='message_choices', to='patrons.patron', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'choice of notices',
                'verbose_name_plural': 'choices of notices',
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('due_soon', 'due date comes near'), ('overdue', 'overdue'), ('hold_ready', 'hold available for pickup'), ('last_pickup_day', 'last pickup day'), ('fee', 'fee'), ('invoice', 'invoice')], max_length=16, verbose_name='kind')),
                ('channel', models.CharField(choices=[('email', 'e-mail'), ('sms', 'text message'), ('print', 'on paper'), ('none', 'not at all')], max_length=8, verbose_name='how')),
                ('subject_key', models.CharField(max_length=100, verbose_name='what it is about')),
                ('language', models.CharField(max_length=8, verbose_name='language')),
                ('facts', models.JSONField(default=dict, verbose_name='what it tells')),
                ('made_at', models.DateTimeField(verbose_name='made')),
                ('send_after', models.DateTimeField(verbose_name='not before')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('sending', 'being sent'), ('sent', 'sent'), ('failed', 'could not be sent'), ('uncertain', 'not known whether it was sent')], default='waiting', max_length=10, verbose_name='state')),
                ('tries', models.PositiveSmallIntegerField(default=0, verbose_name='tries')),
                ('claimed_at', models.DateTimeField(null=True, verbose_name='taken by a worker')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='sent')),
                ('trouble', models.CharField(blank=True, max_length=200, verbose_name='trouble')),
                ('patron', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='patrons.patron', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'notice',
                'verbose_name_plural': 'notices',
            },
        ),
        migrations.CreateModel(
            name='PullRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked_at', models.DateTimeField(verbose_name='asked')),
                ('reason', models.CharField(max_length=16, verbose_name='why this branch')),
                ('state', models.CharField(choices=[('asked', 'to be fetched'), ('found', 'found'), ('not_found', 'not on the shelf'), ('missing', 'missing'), ('withdrawn', 'no longer needed')], default='asked', max_length=10, verbose_name='state')),
                ('taken_at', models.DateTimeField(null=True, verbose_name='in hand since')),
                ('looks', models.PositiveSmallIntegerField(default=0, verbose_name='times looked for in vain')),
                ('answered_at', models.DateTimeField(null=True, verbose_name='answered')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='branch')),
                ('hold', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pull_requests', to='circulation.hold', verbose_name='hold')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.item', verbose_name='item')),
                ('taken_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='in hand of')),
            ],
            options={
                'verbose_name': 'pull request',
                'verbose_name_plural': 'pull requests',
            },
        ),
        migrations.CreateModel(
            name='QueueAreaBranch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='circulation.queuearea', verbose_name='queue area')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organisations.branch', verbose_name='branch')),
            ],
            options={
                'verbose_name': 'branch of a queue area',
                'verbose_name_plural': 'branches of queue areas',
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='number')),
                ('method', models.CharField(choices=[('cash', 'cash'), ('card', 'bank card'), ('online', 'online')], max_length=8, verbose_name='paid by')),
                ('cents', models.IntegerField(verbose_name='sum, in cents')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('request_key', models.CharField(max_length=64, verbose_name='key of the request')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='branch')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('cancels', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cancelled_by', to='circulation.receipt', verbose_name='cancels')),
            ],
            options={
                'verbose_name': 'receipt',
                'verbose_name_plural': 'receipts',
            },
        ),
        migrations.CreateModel(
            name='LedgerEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('charge', 'charge'), ('payment', 'payment'), ('payment_cancelled', 'payment cancelled'), ('waived', 'forgiven'), ('waiver_cancelled', 'forgiving cancelled')], max_length=20, verbose_name='kind')),
                ('cents', models.IntegerField(verbose_name='cents')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('branch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='branch')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('fee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='circulation.fee', verbose_name='fee')),
                ('receipt', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='circulation.receipt', verbose_name='receipt')),
            ],
            options={
                'verbose_name': 'ledger entry',
                'verbose_name_plural': 'ledger entries',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='RuleSet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('valid_from', models.DateField(blank=True, null=True, verbose_name='in force from')),
                ('decision', models.CharField(blank=True, max_length=300, verbose_name='decision that set it')),
                ('decision_date', models.DateField(blank=True, null=True, verbose_name='date of the decision')),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='published')),
            ],
            options={
                'verbose_name': 'rule set',
                'verbose_name_plural': 'rule sets',
                'ordering': ['-valid_from', '-pk'],
                'constraints': [models.UniqueConstraint(fields=('name',), name='rule_set_name_once'), models.UniqueConstraint(condition=models.Q(('published_at', None), _negated=True), fields=('valid_from',), name='rule_set_date_once'), models.CheckConstraint(condition=models.Q(('published_at', None), models.Q(('valid_from', None), _negated=True), _connector='OR'), name='rule_set_has_date')],
            },
        ),
        migrations.CreateModel(
            name='PolicyRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64, verbose_name='what it sets')),
                ('value', models.IntegerField(verbose_name='value')),
                ('item_type', models.CharField(blank=True, max_length=100, verbose_name='item type')),
                ('shelving_location', models.CharField(blank=True, max_length=200, verbose_name='shelving location')),
                ('branch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='branch')),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patrons.patroncategory', verbose_name='patron category')),
                ('library', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.library', verbose_name='library')),
                ('rule_set', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='circulation.ruleset', verbose_name='rule set')),
            ],
            options={
                'verbose_name': 'policy rule',
                'verbose_name_plural': 'policy rules',
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Step',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('check_in', 'check-in'), ('cancel_hold', 'cancelled hold'), ('fee', 'fee'), ('waive', 'fee forgiven'), ('due_dates', 'due dates moved')], max_length=16, verbose_name='kind')),
                ('object_id', models.BigIntegerField(verbose_name='number of its main row')),
                ('before', models.JSONField(default=dict, verbose_name='how it was before')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('undo_until', models.DateTimeField(verbose_name='can be undone until')),
                ('undone_at', models.DateTimeField(null=True, verbose_name='undone')),
                ('branch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='branch')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
            ],
            options={
                'verbose_name': 'step that can be undone',
                'verbose_name_plural': 'steps that can be undone',
            },
        ),
        migrations.CreateModel(
            name='Transit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('hold', 'for a hold'), ('home', 'to its home branch')], max_length=8, verbose_name='reason')),
                ('sent_at', models.DateTimeField(verbose_name='sent')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='arrived or called off')),
                ('arrived_branch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='arrived at')),
                ('from_branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='from')),
                ('hold', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transits', to='circulation.hold', verbose_name='hold')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transits', to='catalogue.item', verbose_name='item')),
                ('to_branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='to')),
            ],
            options={
                'verbose_name': 'transit',
                'verbose_name_plural': 'transits',
            },
        ),
        migrations.CreateModel(
            name='Block',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('borrowing', 'borrowing block'), ('ban', 'ban from premises')], max_length=12, verbose_name='kind')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('began_at', models.DateTimeField(verbose_name='began')),
                ('until_date', models.DateField(blank=True, null=True, verbose_name='until')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='lifted')),
                ('branch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='holds in this branch only')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('patron', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='blocks', to='patrons.patron', verbose_name='patron')),
            ],
            options={
                'verbose_name': 'block',
                'verbose_name_plural': 'blocks',
                'indexes': [models.Index(condition=models.Q(('ended_at', None)), fields=['patron'], name='block_of_patron')],
            },
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['record', 'rank'], name='hold_queue_of_record'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'in_transit', 'ready'])), fields=['patron'], name='hold_open_of_patron'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('state', 'ready')), fields=['pickup_branch', 'last_pickup_date'], name='hold_shelf_of_branch'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('state', 'cancelled')), fields=['ended_at'], name='hold_cancelled_lately'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.UniqueConstraint(fields=('key',), name='hold_key_once'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['in_transit', 'ready'])), fields=('item',), name='hold_one_per_item_set_aside'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'ready')), fields=('pickup_branch', 'shelf_code'), name='hold_shelf_code_once_in_branch'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['in_transit', 'ready']), _negated=True), models.Q(('item', None), _negated=True), _connector='OR'), name='hold_set_aside_has_item'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['waiting', 'in_transit', 'ready']), _negated=True), models.Q(('patron', None), _negated=True), _connector='OR'), name='hold_open_has_patron'),
        ),
        migrations.AddIndex(
            model_name='itemstate',
            index=models.Index(fields=['branch', 'status'], name='item_state_by_branch'),
        ),
        migrations.AddIndex(
            model_name='loan',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['patron', 'due_date'], name='loan_open_of_patron'),
        ),
        migrations.AddIndex(
            model_name='loan',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['due_date'], name='loan_open_by_due_date'),
        ),
        migrations.AddIndex(
            model_name='loan',
            index=models.Index(fields=['began_at'], name='loan_by_beginning'),
        ),
        migrations.AddConstraint(
            model_name='loan',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('item',), name='loan_open_once_per_item'),
        ),
        migrations.AddConstraint(
            model_name='loan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ending', '')), models.Q(models.Q(('ended_at', None), _negated=True), models.Q(('ending', ''), _negated=True)), _connector='OR'), name='loan_ended_somehow'),
        ),
        migrations.AddConstraint(
            model_name='loan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), _negated=True), models.Q(('patron', None), _negated=True), _connector='OR'), name='loan_open_has_patron'),
        ),
        migrations.AddIndex(
            model_name='fee',
            index=models.Index(condition=models.Q(('open_cents__gt', 0)), fields=['patron'], name='fee_open_of_patron'),
        ),
        migrations.AddConstraint(
            model_name='fee',
            constraint=models.UniqueConstraint(fields=('key',), name='fee_key_once'),
        ),
        migrations.AddConstraint(
            model_name='fee',
            constraint=models.CheckConstraint(condition=models.Q(('open_cents__gte', 0)), name='fee_not_overpaid'),
        ),
        migrations.AddConstraint(
            model_name='fee',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'lost_item'), ('open_cents__gt', 0)), fields=('loan', 'kind'), name='fee_lost_item_once_per_loan'),
        ),
        migrations.AddConstraint(
            model_name='messagechoice',
            constraint=models.UniqueConstraint(fields=('patron', 'kind'), name='message_choice_once'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'sending'])), fields=['send_after'], name='notice_to_send'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(fields=('patron', 'kind', 'subject_key'), name='notice_told_once'),
        ),
        migrations.AddIndex(
            model_name='pullrequest',
            index=models.Index(condition=models.Q(('state', 'asked')), fields=['branch'], name='pull_list_of_branch'),
        ),
        migrations.AddIndex(
            model_name='pullrequest',
            index=models.Index(condition=models.Q(('state', 'not_found')), fields=['item', 'answered_at'], name='pull_not_found_lately'),
        ),
        migrations.AddIndex(
            model_name='pullrequest',
            index=models.Index(fields=['asked_at'], name='pull_by_day'),
        ),
        migrations.AddConstraint(
            model_name='pullrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('hold',), name='pull_asked_once_per_hold'),
        ),
        migrations.AddConstraint(
            model_name='pullrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('item',), name='pull_asked_once_per_item'),
        ),
        migrations.AddConstraint(
            model_name='queueareabranch',
            constraint=models.UniqueConstraint(fields=('area', 'branch'), name='queue_area_branch_once'),
        ),
        migrations.AddIndex(
            model_name='receipt',
            index=models.Index(fields=['branch', 'at'], name='receipt_by_day'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.UniqueConstraint(fields=('branch', 'number'), name='receipt_number_once'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.UniqueConstraint(fields=('request_key',), name='receipt_request_once'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.CheckConstraint(condition=models.Q(('cents', 0), _negated=True), name='ledger_entry_not_zero'),
        ),
        migrations.AddConstraint(
            model_name='ledgerentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'payment'), _negated=True), models.Q(('receipt', None), _negated=True), _connector='OR'), name='payment_has_receipt'),
        ),
        migrations.AddConstraint(
            model_name='policyrule',
            constraint=models.UniqueConstraint(models.F('rule_set'), models.F('name'), models.F('item_type'), models.F('shelving_location'), django.db.models.functions.comparison.Coalesce('category', 0), django.db.models.functions.comparison.Coalesce('library', 0), django.db.models.functions.comparison.Coalesce('branch', 0), name='policy_rule_once'),
        ),
        migrations.AddConstraint(
            model_name='policyrule',
            constraint=models.CheckConstraint(condition=models.Q(('library', None), ('branch', None), _connector='OR'), name='policy_rule_one_place'),
        ),
        migrations.AddIndex(
            model_name='step',
            index=models.Index(fields=['kind', 'object_id'], name='step_by_object'),
        ),
        migrations.AddIndex(
            model_name='transit',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['to_branch', 'sent_at'], name='transit_open_by_branch'),
        ),
        migrations.AddConstraint(
            model_name='transit',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('item',), name='transit_open_once_per_item'),
        ),
        migrations.AddConstraint(
            model_name='transit',
            constraint=models.CheckConstraint(condition=models.Q(('from_branch', models.F('to_branch')), _negated=True), name='transit_between_two_branches'),
        ),
        migrations.AddConstraint(
            model_name='transit',
            constraint=models.CheckConstraint(condition=models.Q(('reason', 'home'), models.Q(('hold', None), _negated=True), _connector='OR'), name='transit_for_hold_names_it'),
        ),
    ]
