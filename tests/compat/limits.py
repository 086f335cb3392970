"""What the official library (14.0.2) cannot do, so that tests of random tables know it from a fault of ours."""
import re

# Words of its error on reading, and what leads to it. It writes these tables without a complaint; its reader
# refuses them, and we refuse a batch that holds more different values than its indices can name.
WRITES_CORRUPT = [
    ("dictionary indices use \\d+ bits but the declared", "its writer joins batches with dictionaries of their own into "
     "more items than the indices can name, and writes wider indices"),
]
# It fails on reading these, whoever wrote them.
CANNOT_READ = [
    ("DictionaryKeyOverflowError", "taking rows, or reading pages, whose dictionaries together do not fit the indices:"
     " it appends dictionaries to one another without looking for equal items"),
] + WRITES_CORRUPT
CANNOT_WRITE = [
    ("must be byte aligned", "vectors of booleans whose metadata asks for full-zip pages and that end inside of a byte"),
    ("null_bit_buffer size too small", "some slices of structs"),
    ("DictionaryKeyOverflowError", "batches whose dictionaries together do not fit the indices"),
]


def why_not(limits, message):
    """The known cause of an error, or None."""
    return next((why for words, why in limits if re.search(words, message)), None)
