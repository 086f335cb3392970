"""Equality of tables, value by value: floats by their bits, bytes under nulls ignored."""
import pyarrow as pa
import pyarrow.compute as pc

BITS = {pa.float16(): pa.uint16(), pa.float32(): pa.uint32(), pa.float64(): pa.uint64()}
VIEWS = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}


def difference(got, want):
    """Return None when the tables are equal, else one sentence about the first difference."""
    if got.column_names != want.column_names:
        return f"columns {got.column_names} instead of {want.column_names}"
    if got.num_rows != want.num_rows:
        return f"{got.num_rows} rows instead of {want.num_rows}"
    for name in want.column_names:
        why = column_difference(got[name], want[name])
        if why:
            return f"column {name}: {why}"
    return None


def column_difference(got, want):
    """Likewise for two columns; they are compared in pieces that are contiguous in both."""
    if not same_type(got.type, want.type):
        return f"type {got.type} instead of {want.type}"
    got, want = (pa.chunked_array([c]) if isinstance(c, pa.Array) else c for c in (got, want))
    begin = 0
    for part in pa.Table.from_arrays([got, want], names=["got", "want"]).to_batches():
        why = array_difference(plain(part["got"]), plain(part["want"]), f"row {begin} + ")
        if why:
            return why
        begin += part.num_rows
    return None


def same_type(got, want):
    """Types are equal but for names of list items, which the format does not keep, and what a reader cannot know:
    views are stored as the plain types, and dictionaries are never ordered."""
    got, want = storage(got), storage(want)
    if got == want or VIEWS.get(want, want) == got:
        return True
    if pa.types.is_dictionary(want):
        return pa.types.is_dictionary(got) and got.index_type == want.index_type \
            and same_type(got.value_type, want.value_type)
    if got.id != want.id or got.num_fields != want.num_fields or want.num_fields == 0:
        return False
    if pa.types.is_struct(want):
        return all(g.name == w.name and same_type(g.type, w.type) for g, w in zip(got, want))
    if pa.types.is_map(want):
        return same_type(got.key_type, want.key_type) and same_type(got.item_type, want.item_type)
    if pa.types.is_fixed_size_list(want) and got.list_size != want.list_size:
        return False
    return same_type(got.value_type, want.value_type)


def storage(kind):
    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind


def plain(array):
    """The same values in types that can be filtered and compared: storage for extensions, values for dictionaries,
    bits for floats, strings for views, lists for maps and fixed-size lists (Arrow does not filter those of fixed-size
    lists correctly); at every level."""
    if isinstance(array, pa.ExtensionArray):
        return plain(array.storage)
    kind = array.type
    if pa.types.is_dictionary(kind):
        return pa.DictionaryArray.from_arrays(array.indices, plain(array.dictionary)).dictionary_decode()
    if kind in BITS:
        return array.view(BITS[kind])
    if kind in VIEWS:
        return array.cast(VIEWS[kind])
    if pa.types.is_struct(kind) and kind.num_fields:
        return pa.StructArray.from_arrays([plain(array.field(i)) for i in range(kind.num_fields)], kind.names,
                                          mask=array.is_null())
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_map(kind):
        offsets = pa.array(array.offsets.to_numpy(), array.offsets.type)
        lists = pa.LargeListArray if pa.types.is_large_list(kind) else pa.ListArray
        return lists.from_arrays(offsets, plain(array.values), mask=array.is_null())
    if pa.types.is_fixed_size_list(kind):
        items = array.values.slice(array.offset * kind.list_size, len(array) * kind.list_size)
        offsets = pa.array(range(0, len(items) + 1, kind.list_size), pa.int32())
        return pa.ListArray.from_arrays(offsets, plain(items), mask=array.is_null())
    return array


def array_difference(got, want, place):
    """For arrays of `plain`; `place` is the way from the row to these values, for the message."""
    if len(got) != len(want):
        return f"{place}: {len(got)} values instead of {len(want)}"
    if not got.is_null().equals(want.is_null()):
        return f"{place}: nulls lie elsewhere: " + first_difference(got.is_null(), want.is_null())
    if pa.types.is_null(want.type):
        return None
    if want.null_count:
        got, want = got.drop_null(), want.drop_null()
    kind = want.type
    if pa.types.is_struct(kind):
        pairs = zip(got.flatten(), want.flatten(), kind)
        return next((why for g, w, f in pairs if (why := array_difference(g, w, f"{place}.{f.name}"))), None)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        lengths = [pc.list_value_length(a) for a in (got, want)]
        if not lengths[0].equals(lengths[1]):
            return f"{place}: lengths of lists: " + first_difference(*lengths)
        return array_difference(got.flatten(), want.flatten(), place + "[]")
    if got.equals(want):
        return None
    return f"{place}: " + first_difference(got, want)


def first_difference(got, want):
    row = next((i for i in range(len(want)) if not got[i].equals(want[i])), None)
    if row is None:
        return "equal one by one, but not as arrays"
    return f"{row}: {got[row]} instead of {want[row]}"
