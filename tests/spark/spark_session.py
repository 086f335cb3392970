"""Fixtures: one Spark session with our bundle, and tables in its namespace."""
import os
import uuid

import pytest

from conftest import built

os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
ZONE = "America/New_York"  # not UTC, so that a zone that is forgotten somewhere is seen


@pytest.fixture(scope="session")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("namespace")


@pytest.fixture(scope="session")
def spark(root):
    from pyspark.sql import SparkSession
    session = (SparkSession.builder.master("local[2]").appName("lance tests")
               .config("spark.jars", str(built("bundle")))
               .config("spark.sql.catalog.lance", "org.lance.spark.LanceNamespaceSparkCatalog")
               .config("spark.sql.catalog.lance.impl", "dir")
               .config("spark.sql.catalog.lance.root", str(root))
               .config("spark.sql.catalog.old", "com.lancedb.lance.spark.LanceNamespaceSparkCatalog")
               .config("spark.sql.catalog.old.impl", "dir")
               .config("spark.sql.catalog.old.root", str(root))
               .config("spark.sql.catalog.strict", "org.lance.spark.LanceNamespaceSparkCatalog")
               .config("spark.sql.catalog.strict.impl", "dir")
               .config("spark.sql.catalog.strict.root", str(root))
               .config("spark.sql.catalog.strict.pushDownFilters", "false")
               .config("spark.sql.session.timeZone", ZONE)
               .config("spark.sql.shuffle.partitions", "2")
               .config("spark.ui.enabled", "false")
               .config("spark.driver.memory", "1g")
               .getOrCreate())
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture
def table(spark):
    """A name for a table, which is dropped afterwards."""
    name = "lance.t_" + uuid.uuid4().hex[:8]
    yield name
    spark.sql(f"DROP TABLE IF EXISTS {name}")
