"""What the official library (14.0.2) cannot do, so that tests of random tables know it from a fault of ours."""
import re

# Words of its error, and what leads to it. It writes these tables, but fails on reading them, whoever wrote them.
CANNOT_READ = [
    ("DictionaryKeyOverflowError", "taking rows, or reading pages, whose dictionaries together do not fit the indices:"
     " it appends dictionaries to one another without looking for equal items"),
    ("dictionary indices use 32 bits but the declared", "its writer joined batches with dictionaries of their own into "
     "more items than the indices can name, and wrote wider indices"),
]
CANNOT_WRITE = [
    ("DictionaryKeyOverflowError", "batches whose dictionaries together do not fit the indices"),
]


def why_not(limits, message):
    """The known cause of an error, or None."""
    return next((why for words, why in limits if re.search(words, message)), None)
