"""Equality of tables, value by value: NaNs by bits, -0.0 apart from 0.0, bytes under nulls ignored."""
import pyarrow as pa

BITS = {pa.float16(): pa.uint16(), pa.float32(): pa.uint32(), pa.float64(): pa.uint64()}


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
    got, want = plain(got), plain(want)
    if not same_type(got.type, want.type):
        return f"type {got.type} instead of {want.type}"
    if got.type != want.type:
        got = got.cast(want.type)
    return array_difference(got, want)


def plain(column):
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return array


def same_type(got, want):
    """Types are equal but for names of list items, which the format does not keep."""
    if got == want:
        return True
    if pa.types.is_fixed_size_list(want):
        return (pa.types.is_fixed_size_list(got) and got.list_size == want.list_size
                and same_type(got.value_type, want.value_type))
    if pa.types.is_list(want) or pa.types.is_large_list(want):
        return got.id == want.id and same_type(got.value_type, want.value_type)
    return False


def array_difference(got, want):
    if got.is_null().to_pylist() != want.is_null().to_pylist():
        return "nulls lie elsewhere: " + first_difference(got.is_null(), want.is_null())
    if pa.types.is_fixed_size_list(want.type) and want.null_count == 0:
        return array_difference(got.flatten(), want.flatten())
    if want.type in BITS:
        live = want.is_valid()
        got, want = (x.filter(live).view(BITS[x.type]) for x in (got, want))
    if got.equals(want):
        return None
    if got.to_pylist() == want.to_pylist() or repr(got.to_pylist()) == repr(want.to_pylist()):
        return None
    return first_difference(got, want)


def first_difference(got, want):
    for row, (x, y) in enumerate(zip(got.to_pylist(), want.to_pylist())):
        if repr(x) != repr(y):
            return f"row {row}: {x!r} instead of {y!r}"
    return "equal as Python values, but not as arrays"
