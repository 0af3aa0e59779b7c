"""Repairs a dataset on Apache Spark: runs the stages of `emend stage` on executors.

docs/SCALE.md, "Stages", says what the stages read and write.
"""
