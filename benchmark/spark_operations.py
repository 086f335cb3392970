#!/usr/bin/env python3
"""How fast is our Spark connector against the official one (0.0.14 and 0.4.0) and Spark's own Parquet?

  spark_operations.py --bundle build/bundle/lance-spark-bundle-3.5_2.12-0.1.0.jar [--quick]

One Spark process per system, all at once, local[2]; a statement runs in one after the other, in an order that changes
every round; medians. Results are compared between the systems. Ratios above 1 mean that we are faster.
"""
import argparse
import json
import os
import pathlib
import select
import shutil
import subprocess
import sys

import pyspark

from paired import Report
from data_sets import lineitem, size_of, vectors_parquet

HERE = pathlib.Path(__file__).resolve().parent
CATALOGS = {"ours": "com.lancedb.lance.spark.LanceNamespaceSparkCatalog",
            "0.0.14": "com.lancedb.lance.spark.LanceNamespaceSparkCatalog",
            "0.4.0": "org.lance.spark.LanceNamespaceSparkCatalog", "parquet": ""}


LIMIT_S = 120  # the official 0.0.14 hangs for ever when a write fails


class SessionLost(RuntimeError):
    """A worker hung or died; it takes no further part."""


class Worker:
    def __init__(self, system, jars, root):
        root.mkdir(parents=True, exist_ok=True)
        environment = dict(os.environ, SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=sys.executable)
        self.system, self.root = system, root
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "spark_worker.py"), "--system", system, "--jars", jars,
             "--catalog", CATALOGS[system], "--root", str(root)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(root.parent / f"{system}.log", "w"),
            text=True, env=environment)
        self.started = self.answer()["seconds"]

    def answer(self):
        ready, _, _ = select.select([self.process.stdout], [], [], LIMIT_S)
        line = self.process.stdout.readline() if ready else ""
        if not line:
            self.process.kill()
            self.process.wait()
            how = "ended" if ready else f"hung for {LIMIT_S} s"
            raise SessionLost(f"{self.system}: the session {how}, see {self.root.parent / (self.system + '.log')}")
        return json.loads(line)

    def ask(self, code):
        self.process.stdin.write(json.dumps({"code": code}) + "\n")
        self.process.stdin.flush()
        answer = self.answer()
        if "error" in answer:
            raise RuntimeError(f"{self.system}: {answer['error']}\n  in: {code}")
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=60)


def official_jars(build):
    """Class paths of the official connectors, fetched once with Maven."""
    paths = {}
    for profile, system in (("old", "0.0.14"), ("new", "0.4.0")):
        folder = build / "official" / profile
        if not list(folder.glob("*.jar")):
            subprocess.run(["mvn", "-q", "-B", "-f", str(HERE / "official/pom.xml"), "dependency:copy-dependencies",
                            "-P", profile, f"-DoutputDirectory={folder.resolve()}"], check=True)
        paths[system] = ":".join(str(p.resolve()) for p in sorted(folder.glob("*.jar")))
    return paths


class Statements:
    """Runs one statement in all systems and reports it."""

    def __init__(self, workers, report):
        self.workers, self.report, self.refused = workers, report, []

    def run(self, name, code, rounds):
        live, results = dict(self.workers), {}
        for system, worker in list(live.items()):
            try:  # also warms up
                results[system] = worker.ask(code(system))["result"]
            except RuntimeError as error:
                if system == "ours":
                    raise
                self.refused.append((name, system, str(error).splitlines()[0]))
                del live[system]
                if isinstance(error, SessionLost):
                    del self.workers[system]
        if len({json.dumps(r) for r in results.values()}) > 1:
            raise RuntimeError(f"{name}: the systems disagree: {results}")
        self.report.run(name, {s: (lambda w=w, s=s: w.ask(code(s))["seconds"]) for s, w in live.items()}, rounds)


def sql(text):
    """Run a query in which {table} stands for the newest table of that name, and return its rows as text."""
    return lambda system: ("result = sorted(list(map(str, r)) for r in spark.sql(" + named(text) + ").collect())")


def named(text):
    """Python source of `text` with {name} replaced by the current table of that name, in the worker."""
    return "__import__('re').sub(r'{(\\w+)}', lambda m: current(m[1]), " + repr(text) + ")"


def seed_steps(run, rounds):
    """The seed document's story, one statement after the other; Parquet has no vectors, so plain arrays."""
    def create(system):
        tail = "USING parquet" if system == "parquet" else "TBLPROPERTIES ('v.arrow.fixed-size-list.size'='3')"
        return f'spark.sql("CREATE TABLE " + fresh("seed") + " (id BIGINT, t STRING, v ARRAY<FLOAT>, at TIMESTAMP) {tail}")'
    insert = ("INSERT INTO {seed} VALUES (1, 'Hello world', array(0.1, 0.2, 0.3), current_timestamp()), "
              "(2, 'Lance and Spark', array(0.4, 0.5, 0.6), current_timestamp())")
    run.run("seed: CREATE TABLE", create, rounds)
    run.run("seed: INSERT two rows", lambda s: f"spark.sql({named(insert)})", rounds)
    run.run("seed: SELECT ... WHERE", sql("SELECT id, t, size(v) FROM {seed} WHERE id > 0"), rounds)
    run.run("seed: DataFrame append", lambda s:
            "spark.sql(\"SELECT 3L AS id, 'x' AS t, array(0.7F, 0.8F, 0.9F) AS v, current_timestamp() AS at\")"
            + (".write.insertInto(current('seed'))" if s == "parquet" else ".writeTo(current('seed')).append()"), rounds)
    run.run("seed: statistics", sql("SELECT COUNT(*), ROUND(AVG(aggregate(v, 0D, (a, x) -> a + x * x)), 3) FROM {seed}"),
            rounds)


def create_as_select(source, name, properties=""):
    """CTAS of a Parquet file into a fresh table."""
    view = f"spark.read.parquet({str(source)!r}).createOrReplaceTempView('source'); "
    def code(system):
        using = "USING parquet" if system == "parquet" else properties
        return view + f'spark.sql("CREATE TABLE " + fresh({name!r}) + " {using} AS SELECT * FROM source")'
    return code


def to_noop(name, columns):
    return lambda system: (f"spark.table(current({name!r})).select({columns})"
                           ".write.format('noop').mode('overwrite').save()")


def lineitem_statements(run, source, rounds):
    columns = [f"l_{c}" for c in ("orderkey", "partkey", "suppkey", "linenumber", "quantity", "extendedprice", "discount",
                                  "tax", "returnflag", "linestatus", "shipdate", "commitdate", "receiptdate",
                                  "shipinstruct", "shipmode", "comment")]
    run.run("lineitem: write (CTAS)", create_as_select(source, "lineitem"), max(1, rounds // 2))
    run.run("count(*)", sql("SELECT COUNT(*) FROM {lineitem}"), rounds)
    run.run("sum of 4 decimals", sql("SELECT SUM(l_quantity), SUM(l_extendedprice), SUM(l_discount), SUM(l_tax) "
                                     "FROM {lineitem}"), rounds)
    run.run("sum of 4 integers", sql("SELECT SUM(l_orderkey), SUM(l_partkey), SUM(l_suppkey), SUM(l_linenumber) "
                                     "FROM {lineitem}"), rounds)
    run.run("TPC-H Q1", sql(
        "SELECT l_returnflag, l_linestatus, SUM(l_quantity), SUM(l_extendedprice), "
        "SUM(l_extendedprice * (1 - l_discount)), AVG(l_quantity), COUNT(*) FROM {lineitem} "
        "WHERE l_shipdate <= DATE '1998-09-02' GROUP BY 1, 2 ORDER BY 1, 2"), rounds)
    run.run("count with a 2 % filter", sql("SELECT COUNT(*) FROM {lineitem} WHERE l_linenumber = 7"), rounds)
    run.run("selective filter, all columns",
            sql("SELECT * FROM {lineitem} WHERE l_orderkey BETWEEN 1000 AND 40000 AND l_shipmode = 'AIR' "
                "AND l_linenumber = 7 ORDER BY l_orderkey, l_linenumber"), rounds)
    run.run("point lookup, all columns",
            sql("SELECT * FROM {lineitem} WHERE l_orderkey = 3000003 ORDER BY l_linenumber"), rounds)
    run.run("2 columns -> noop", to_noop("lineitem", ["l_orderkey", "l_comment"]), rounds)
    run.run("16 columns -> noop", to_noop("lineitem", columns), rounds)
    target = create_as_select(source, "target")
    for system, worker in run.workers.items():
        worker.ask(target(system).replace("FROM source", "FROM source LIMIT 1"))
    run.run("append 10,000 rows", lambda s: "spark.table(current('lineitem')).limit(10000)"
            + (".write.insertInto(current('target'))" if s == "parquet" else ".writeTo(current('target')).append()"),
            rounds)


def vector_statements(run, source, rounds):
    size = "TBLPROPERTIES ('vector.arrow.fixed-size-list.size'='768')"
    run.run("vectors: write (CTAS)", create_as_select(source, "vectors", size), max(1, rounds // 2))
    run.run("vectors: id, vector -> noop", to_noop("vectors", ["id", "vector"]), rounds)
    run.run("vectors: point lookup", sql("SELECT id, size(vector) FROM {vectors} WHERE id = 777"), rounds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundle", required=True, type=pathlib.Path)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--systems", default="ours,0.0.14,0.4.0,parquet")
    parser.add_argument("--quick", action="store_true", help="a tenth of the data, two rounds")
    args = parser.parse_args()
    scale, rows, rounds = (0.1, 10_000, 2) if args.quick else (1, 100_000, args.rounds)
    jars = {"ours": str(args.bundle.resolve()), "parquet": "", **official_jars(args.build)}
    home = (args.build / "benchmark" / "spark").resolve()
    shutil.rmtree(home, ignore_errors=True)
    data = (args.build / "data").resolve()
    workers = {s: Worker(s, jars[s], home / s) for s in args.systems.split(",")}
    print(f"Spark {pyspark.__version__}, local[2], {os.cpu_count()} CPUs; session start: "
          + ", ".join(f"{s} {w.started:.1f} s" for s, w in workers.items()))
    report = Report("spark", [s for s in workers if s != "ours"])
    run = Statements(workers, report)
    seed_steps(run, rounds)
    lineitem_statements(run, lineitem(data, scale).resolve(), rounds)
    vector_statements(run, vectors_parquet(data, rows).resolve(), rounds)
    report.add("bytes: lineitem and vectors", {s: size_of(w.root) for s, w in workers.items()}, "bytes")
    for name, system, why in run.refused:
        print(f"  {name}: {system} cannot: {why[:200]}")
    report.save(args.build / "benchmark" / "spark.json")
    for worker in workers.values():
        worker.close()
    shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
