import django.db.models.deletion
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
            name='BibliographicRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cluster_id', models.CharField(max_length=32, verbose_name='record id')),
                ('title', models.CharField(max_length=500, verbose_name='title')),
                ('author', models.CharField(blank=True, max_length=300, verbose_name='author')),
                ('year', models.IntegerField(null=True, verbose_name='year')),
                ('language', models.CharField(blank=True, max_length=16, verbose_name='language')),
                ('material', models.CharField(max_length=32, verbose_name='material')),
                ('size', models.IntegerField(verbose_name='records merged')),
                ('base', models.CharField(max_length=300, verbose_name='base record')),
                ('title_key', models.CharField(max_length=100, verbose_name='title for sorting')),
                ('search_text', models.CharField(max_length=400, verbose_name='text for filtering')),
                ('packed_marc', models.BinaryField(verbose_name='MARC record, packed')),
                ('packed_provenance', models.BinaryField(verbose_name='provenance, packed')),
            ],
            options={
                'verbose_name': 'bibliographic record',
                'verbose_name_plural': 'bibliographic records',
            },
        ),
        migrations.CreateModel(
            name='InputRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('control_number', models.CharField(max_length=200, verbose_name='control number')),
                ('kind', models.CharField(choices=[('bibliographic', 'bibliographic'), ('holdings', 'holdings'), ('authority', 'authority'), ('other', 'other')], max_length=16, verbose_name='kind')),
                ('file', models.CharField(max_length=300, verbose_name='file')),
                ('byte_offset', models.BigIntegerField(verbose_name='place in the file')),
                ('packed_marc', models.BinaryField(verbose_name='MARC record, packed')),
                ('library', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.library', verbose_name='library')),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='inputs', to='catalogue.bibliographicrecord', verbose_name='bibliographic record')),
            ],
            options={
                'verbose_name': 'input record',
                'verbose_name_plural': 'input records',
                'ordering': ['library__code', 'control_number'],
            },
        ),
        migrations.CreateModel(
            name='Item',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('control_number', models.CharField(max_length=200, verbose_name='control number')),
                ('barcode', models.CharField(blank=True, max_length=100, verbose_name='barcode')),
                ('duplicate_barcode', models.CharField(blank=True, max_length=100, verbose_name='barcode that another item has')),
                ('shelving_location', models.CharField(blank=True, max_length=200, verbose_name='shelving location')),
                ('call_number', models.CharField(blank=True, max_length=200, verbose_name='call number')),
                ('item_type', models.CharField(blank=True, max_length=100, verbose_name='item type')),
                ('status', models.CharField(blank=True, max_length=100, verbose_name='status')),
                ('source', models.CharField(max_length=16, verbose_name='field or file it came from')),
                ('raw', models.TextField(blank=True, verbose_name='as given')),
                ('branch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.branch', verbose_name='branch')),
                ('library', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.library', verbose_name='library')),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='catalogue.bibliographicrecord', verbose_name='bibliographic record')),
            ],
            options={
                'verbose_name': 'item',
                'verbose_name_plural': 'items',
            },
        ),
        migrations.CreateModel(
            name='Load',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, verbose_name='fingerprint of the folder')),
                ('state', models.CharField(choices=[('loaded', 'loaded'), ('undone', 'undone')], default='loaded', max_length=8, verbose_name='state')),
                ('started_at', models.DateTimeField(verbose_name='started')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
                ('undone_at', models.DateTimeField(null=True, verbose_name='undone at')),
                ('counts', models.JSONField(default=dict, verbose_name='counts')),
                ('made_libraries', models.JSONField(default=list, verbose_name='libraries it made')),
                ('made_branches', models.JSONField(default=list, verbose_name='branches it made')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
            ],
            options={
                'verbose_name': 'load',
                'verbose_name_plural': 'loads',
                'ordering': ['-started_at'],
            },
        ),
        migrations.AddField(
            model_name='bibliographicrecord',
            name='load',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='records', to='catalogue.load', verbose_name='load'),
        ),
        migrations.CreateModel(
            name='MergeEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('load', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merge_events', to='catalogue.load', verbose_name='load')),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merge_events', to='catalogue.bibliographicrecord', verbose_name='bibliographic record')),
            ],
            options={
                'verbose_name': 'merge event',
                'verbose_name_plural': 'merge events',
                'ordering': ['at'],
            },
        ),
        migrations.CreateModel(
            name='MergeInput',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_base', models.BooleanField(verbose_name='gave the leader and description')),
                ('event', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='inputs', to='catalogue.mergeevent', verbose_name='merge event')),
                ('input_record', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.inputrecord', verbose_name='input record')),
            ],
            options={
                'verbose_name': 'merge input',
                'verbose_name_plural': 'merge inputs',
            },
        ),
        migrations.CreateModel(
            name='Redirect',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('control_number', models.CharField(max_length=200, verbose_name='control number')),
                ('library', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.library', verbose_name='library')),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='redirects', to='catalogue.bibliographicrecord', verbose_name='bibliographic record')),
            ],
            options={
                'verbose_name': 'redirect',
                'verbose_name_plural': 'redirects',
            },
        ),
        migrations.CreateModel(
            name='Identifier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('isbn', 'ISBN')], max_length=8, verbose_name='kind')),
                ('value', models.CharField(max_length=64, verbose_name='value')),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='identifiers', to='catalogue.bibliographicrecord', verbose_name='bibliographic record')),
            ],
            options={
                'verbose_name': 'identifier',
                'verbose_name_plural': 'identifiers',
                'constraints': [models.UniqueConstraint(fields=('value', 'kind', 'record'), name='identifier_once_in_record')],
            },
        ),
        migrations.AddIndex(
            model_name='inputrecord',
            index=models.Index(fields=['library', 'record'], name='input_by_library'),
        ),
        migrations.AddConstraint(
            model_name='inputrecord',
            constraint=models.UniqueConstraint(fields=('control_number', 'library'), name='input_once_in_library'),
        ),
        migrations.AddIndex(
            model_name='item',
            index=models.Index(condition=models.Q(('duplicate_barcode', ''), _negated=True), fields=['duplicate_barcode'], name='item_by_duplicate_barcode'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.UniqueConstraint(condition=models.Q(('barcode', ''), _negated=True), fields=('barcode',), name='item_barcode_once'),
        ),
        migrations.AddConstraint(
            model_name='item',
            constraint=models.CheckConstraint(condition=models.Q(('barcode', ''), ('duplicate_barcode', ''), _connector='OR'), name='item_one_barcode'),
        ),
        migrations.AddConstraint(
            model_name='load',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'loaded')), fields=('state',), name='load_one_standing'),
        ),
        migrations.AddIndex(
            model_name='bibliographicrecord',
            index=models.Index(fields=['title_key', 'search_text'], name='record_by_title'),
        ),
        migrations.AddIndex(
            model_name='bibliographicrecord',
            index=models.Index(fields=['year', 'title_key'], name='record_by_year'),
        ),
        migrations.AddIndex(
            model_name='bibliographicrecord',
            index=models.Index(fields=['material', 'title_key'], name='record_by_material'),
        ),
        migrations.AddConstraint(
            model_name='bibliographicrecord',
            constraint=models.UniqueConstraint(fields=('cluster_id',), name='record_id_once'),
        ),
        migrations.AddConstraint(
            model_name='bibliographicrecord',
            constraint=models.CheckConstraint(condition=models.Q(('size__gte', 0)), name='record_size_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='mergeinput',
            constraint=models.UniqueConstraint(fields=('event', 'input_record'), name='merge_input_once_in_event'),
        ),
        migrations.AddConstraint(
            model_name='mergeinput',
            constraint=models.UniqueConstraint(condition=models.Q(('is_base', True)), fields=('event',), name='merge_event_one_base'),
        ),
        migrations.AddConstraint(
            model_name='redirect',
            constraint=models.UniqueConstraint(fields=('control_number', 'library'), name='redirect_once_in_library'),
        ),
    ]
