"""The matching stages on Apache Spark, for catalogues that are too large for one machine.

The stages are the very same functions and the very same SQL (``dialect`` puts it into Spark's
words); a table is a folder of Parquet in the work folder, or at an address that every node of a
cluster reaches. What a stage made stands in the run's DuckDB afterwards, for merging and reports.
"""
