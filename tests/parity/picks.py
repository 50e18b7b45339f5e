"""What the picker components can be ordered to do, sorted by how the original copes with it."""

from random import Random

PLAIN = (
    *(
        "f64_1d",
        "f64_2d",
        "f64_3d",
        "f64_huge",
        "f32_2d",
        "f16_2d",
        "i64_1d",
        "i64_2d",
        "i64_huge",
        "i32_2d",
        "i8_2d",
    ),
    *("u8_2d", "u64_2d", "bool_1d", "bool_2d", "str_1d", "str_2d", "object_1d", "object_2d", "object_dicts"),
    *("object_numbers", "empty_1d", "empty_0x3", "empty_2x0", "empty_i64", "fortran", "strided"),
    *(
        "list_ints",
        "list_floats",
        "list_mixed_numbers",
        "list_strings",
        "list_strings_2d",
        "list_nested_ints",
    ),
    *(
        "list_nested_3d",
        "list_bools",
        "list_bools_and_numbers",
        "list_empty",
        "list_empty_2d",
        "list_with_none",
    ),
    *("list_dicts", "list_mixed", "list_mixed_2d", "list_tuples", "list_big_ints", "list_bigger_ints"),
    *(
        "list_np_float64",
        "str",
        "str_empty",
        "str_unicode",
        "str_np",
        "bytes",
        "bytes_empty",
        "bytes_all",
        "bytes_np",
    ),
    *("dict_empty", "dict_flat", "dict_nested", "dict_ordered", "dict_big_int", "dict_np_float64"),
    *("identity", "identity", "identity", "seen", "seen", "seen"),
)
"""Both wires answer well."""

REST_PLAIN = (
    *(
        "f64_0d",
        "i64_0d",
        "bool_0d",
        "str_0d",
        "bytearray",
        "dict_int_keys",
        "dict_none_key",
        "dict_bool_key",
    ),
    *(
        "dict_float_key",
        "dict_tuple",
        "dict_datetime",
        "dict_decimal",
        "dict_uuid",
        "list_datetime",
        "list_decimal",
    ),
)
"""Only REST answers well."""

FAILING = (
    *(
        "none",
        "int",
        "float",
        "true",
        "tuple",
        "set",
        "object",
        "response_none",
        "response_nested",
        "np_int64",
    ),
    *(
        "raise_value",
        "raise_key",
        "raise_assert",
        "raise_zero",
        "raise_builtin_not_implemented",
        "raise_seldon",
    ),
    *("raise_seldon_418", "raise_seldon_503", "raise_type", "list_ragged"),
)
"""The component is at fault, and both servers say so."""

ODD = (
    *(
        "nan_2d",
        "list_nan",
        "dict_nan",
        "list_np_scalars",
        "list_np_float32",
        "list_arrays",
        "dict_mixed_keys",
    ),
    *(
        "raise_not_implemented",
        "in_place",
        "matrix",
        "masked",
        "structured",
        "datetime64_day",
        "datetime64_ns",
    ),
    *(
        "complex_2d",
        "timedelta64",
        "bytes_1d",
        "list_bytes",
        "list_ragged_strings",
        "list_deep_33",
        "list_deep_40",
    ),
    *(
        "list_deep_70",
        "dict_tuple_key",
        "dict_set",
        "dict_bytes",
        "dict_np_int64",
        "dict_np_float32",
        "dict_np_bool",
    ),
    *("dict_array", "double", *REST_PLAIN),
)
"""The original stumbles, or nobody can say what is right."""

ROUTES = ("int_0", "int_1", "int_minus_1", "int_minus_2", "int_22", "int_huge", "identity")
FAILING_ROUTES = ("float", "str", "list_ints", "none", "response_none", "raise_value", "raise_seldon_418")
ODD_ROUTES = ("true", "np_int64", "np_bool", "raise_not_implemented")

AGGREGATES = (
    "first",
    "last",
    "identity",
    "seen",
    "count",
    "dict_of_inputs",
    "join_text",
    "f64_2d",
    "list_ints",
)
ARRAY_AGGREGATES = ("mean", "sum_int", "concatenate", "stack")

FEEDBACKS = (
    "identity",
    "identity",
    "none",
    "response_none",
    "list_ints",
    "str",
    "dict_nested",
    "bytes",
    "seen",
    "f64_2d",
)

HEALTHS = ("ok", "numbers", "dict", "bytes", "array", "raise_value", "raise_seldon_503")
ODD_HEALTHS = ("none", "true", "false", "number", "raise_not_implemented")

TAGS = ("plain", "plain", "runtime", "runtime", "none", "list", "pairs", "np_float64")
REST_TAGS = ("tuple", "datetime")
FAILING_TAGS = ("raise_zero", "text")
ODD_TAGS = ("np_int64", "array", "bytes", "nan", "int_keys", "raise_not_implemented", *REST_TAGS)

METRICS = ("counter", "gauge", "timer", "all", "tagged", "bool_value", "negative", "np_float64")
FAILING_METRICS = ("text_value", "bad_type", "no_value", "raise_zero")
ODD_METRICS = (
    *("np_float32", "np_int64", "nan", "huge", "extra_key", "int_tags", "no_tags", "none", "dict", "tuple"),
    *("number", "bad_name", "unicode_label"),
)

NAMES = ("list", "short", "tuple")
ODD_NAMES = ("array", "generator", "numbers", "none", "text", "raise_not_implemented")


def order(rng: Random, what: str, *, odd: bool = False, rest: bool = True) -> str:
    """The text that orders `what`, with tags and metrics now and then, and with at most one plain fault."""
    tags = TAGS * 4 + (REST_TAGS if rest else ()) + (ODD_TAGS * 3 if odd else ())
    metrics = METRICS * 4 + (ODD_METRICS * 3 if odd else ())
    pools = {"tags": tags, "metrics": metrics, "rtags": tags, "rmetrics": metrics}
    options = {name: rng.choice(pool) for name, pool in pools.items() if rng.random() < 0.2}
    if rng.random() < 0.06 and what not in FAILING + FAILING_ROUTES and not odd:
        name = rng.choice(sorted(pools))
        options[name] = rng.choice(FAILING_TAGS if name.endswith("tags") else FAILING_METRICS)
    return ";".join([f"pick:{what}", *(f"{name}={value}" for name, value in options.items())])


def what(rng: Random, form_is_odd: bool, rest: bool) -> str:
    """What a message-shaped verb is to return."""
    if form_is_odd:
        return rng.choice(ODD)
    if rng.random() < 0.08:
        return rng.choice(FAILING)
    return rng.choice(PLAIN + (REST_PLAIN if rest else ()))
