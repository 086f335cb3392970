"""What this machine can do at best, measured in the run whose numbers stand beside it."""
import json
import os
import pathlib
import shutil
import subprocess

BLOCK = 4096
FIO_JOBS = {  # name -> (fio's pattern, block size, depth)
    "sequential_read": ("read", "1M", 8), "sequential_write": ("write", "1M", 8),
    "random_read_1": ("randread", "4k", 1), "random_read_64": ("randread", "4k", 64)}


class Limits:
    """Memory in bytes/s of one core, disk in bytes/s or blocks/s; None where it was not measured."""

    def __init__(self, driver, folder, size_bytes, seconds):
        self.cores = len(os.sched_getaffinity(0))
        copy = [driver.ask(f"copy {size_bytes}")[0] for _ in range(4)]
        touch = [driver.ask(f"touch {size_bytes}")[0] for _ in range(4)]
        self.copy, self.touch = size_bytes / min(copy), size_bytes / min(touch)
        target = pathlib.Path(folder) / "disk.bin"
        target.write_bytes(os.urandom(1 << 20) * (size_bytes >> 20))
        blocks = 20_000
        self.cached_read = blocks / min(driver.ask(f"pread {target} {blocks}")[0] for _ in range(3))
        self.disk = {name: self.fio(target, size_bytes, seconds, *job) for name, job in FIO_JOBS.items()}
        target.unlink()

    @staticmethod
    def fio(target, size_bytes, seconds, pattern, block, depth):
        """Past the page cache; bytes/s of a sequential pattern, blocks/s of a random one."""
        if shutil.which("fio") is None:
            return None
        done = subprocess.run(
            ["fio", "--name=limit", f"--filename={target}", f"--size={size_bytes}", f"--rw={pattern}", f"--bs={block}",
             f"--iodepth={depth}", "--ioengine=libaio", "--direct=1", f"--runtime={seconds}", "--time_based",
             "--output-format=json"], capture_output=True, text=True)
        if done.returncode != 0:
            return None
        job = json.loads(done.stdout)["jobs"][0]
        side = job["write" if pattern == "write" else "read"]
        return side["iops"] if pattern == "randread" else side["bw_bytes"]

    def text(self):
        disk = {name: "not measured (no fio)" if rate is None else f"{rate:,.0f}/s" if "random" in name
                else f"{rate / 1e9:.2f} GB/s" for name, rate in self.disk.items()}
        return (f"{self.cores} cores; memcpy {self.copy / 1e9:.1f} GB/s and first touch {self.touch / 1e9:.1f} GB/s a core; "
                f"4 KiB from the page cache {self.cached_read:,.0f}/s; disk: read {disk['sequential_read']}, "
                f"write {disk['sequential_write']}, random 4 KiB at depth 1 {disk['random_read_1']}, "
                f"at depth 64 {disk['random_read_64']}")

    def to_json(self):
        return {"cores": self.cores, "copy_bytes_per_s": self.copy, "touch_bytes_per_s": self.touch,
                "cached_4k_reads_per_s": self.cached_read, **self.disk}

    # Each returns (seconds at least needed, what was counted), or None.

    def decode(self, plain_bytes):
        return plain_bytes / (self.copy * self.cores), "memcpy of Arrow bytes"

    def read_and_decode(self, plain_bytes, stored_bytes):
        rate = self.disk["sequential_read"]
        return None if rate is None else max((stored_bytes / rate, "disk read"), self.decode(plain_bytes))

    def write(self, stored_bytes):
        rate = self.disk["sequential_write"]
        return None if rate is None else (stored_bytes / rate, "disk write")

    def write_memory(self, plain_bytes, stored_bytes):
        return (plain_bytes + stored_bytes) / (self.copy * self.cores), "memcpy of Arrow and stored bytes"

    def take(self, reads, plain_bytes):
        return min((reads / (self.cached_read * self.cores), "a cached 4 KiB a value"), self.decode(plain_bytes))

    def take_cold(self, reads, stored_bytes):
        one, many, rate = (self.disk[name] for name in ("random_read_1", "random_read_64", "sequential_read"))
        if None in (one, many, rate):
            return None
        return min((max(1 / one, reads / many), "a random 4 KiB of disk a value"), (stored_bytes / rate, "disk read"))
