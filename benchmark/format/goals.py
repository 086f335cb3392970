"""What lance-cpp is to reach, as ratios: the peer's time or bytes over ours, so that larger is better."""

WHOLE = "full scan"
THREE = "3 columns"

# (data set or None for all, row, peer, at least)
GOALS = [
    ("lineitem", "bytes on disk", "pylance", 1 / 0.55),
    ("lineitem", "bytes on disk", "pyarrow-zstd", 1 / 1.05),
    ("lineitem", WHOLE, "pylance", 1.5),
    ("vectors", WHOLE, "pylance", 3),
    ("blobs", WHOLE, "pylance", 3),
    ("lineitem", THREE, "pylance", 2),
    ("lineitem", "take 1", "pylance", 10),
    ("lineitem", "take 256", "pylance", 5),
    ("vectors", "take 1", "pylance", 3),
    ("vectors", "take 256", "pylance", 3),
    ("vectors", "take 4096", "pylance", 3),
    (None, "write", "pylance", 1.5),
    (None, "peak memory: write", "pylance", 2),
    (None, "peak memory: full scan", "pylance", 2),
    (None, "peak memory: take 4096", "pylance", 2),
]


def goals_of(data_set, row):
    return [(peer, least) for place, name, peer, least in GOALS if name == row and place in (None, data_set)]


def verdicts(data_set, row, ratios):
    """[(peer, least, met)] of the goals that this row has, where the peer was measured."""
    return [(peer, least, ratios[peer] >= least) for peer, least in goals_of(data_set, row) if peer in ratios]
