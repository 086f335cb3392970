"""One Spark session of one system, driven over standard input: a line of Python asks, a line of JSON answers.

Started by spark_operations.py; not of use by itself.
"""
import argparse
import json
import sys
import time


def session(args):
    from pyspark.sql import SparkSession
    builder = (SparkSession.builder.appName(f"benchmark-{args.system}").master("local[2]")
               .config("spark.driver.memory", "3g").config("spark.ui.enabled", "false")
               .config("spark.sql.shuffle.partitions", "2").config("spark.driver.host", "127.0.0.1")
               .config("spark.driver.bindAddress", "127.0.0.1").config("spark.sql.warehouse.dir", args.root))
    if args.jars:
        builder = builder.config("spark.driver.extraClassPath", args.jars).config("spark.jars", "")
    if args.catalog:
        builder = (builder.config("spark.sql.catalog.lance", args.catalog)
                   .config("spark.sql.catalog.lance.impl", "dir")
                   .config("spark.sql.catalog.lance.root", args.root)
                   .config("spark.sql.defaultCatalog", "lance"))
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def main():
    parser = argparse.ArgumentParser()
    for name in ("system", "jars", "catalog", "root"):
        parser.add_argument("--" + name, default="")
    args = parser.parse_args()
    answers = sys.stdout
    sys.stdout = sys.stderr  # whatever else prints must not disturb the dialogue
    start = time.perf_counter()
    counts = {}

    def fresh(name):
        """A new table name each time: one official version cannot use a name again after DROP TABLE."""
        counts[name] = counts.get(name, 0) + 1
        return f"{name}_{counts[name]}"

    names = {"spark": session(args), "system": args.system, "fresh": fresh,
             "current": lambda name: f"{name}_{counts[name]}"}
    answers.write(json.dumps({"seconds": time.perf_counter() - start}) + "\n")
    answers.flush()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            start = time.perf_counter()
            names["result"] = None
            exec(request["code"], names)
            answer = {"seconds": time.perf_counter() - start, "result": names["result"]}
        except Exception as error:  # told to the caller, who decides
            answer = {"error": f"{type(error).__name__}: {str(error)[:500]}"}
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
