"""Holds the names in expressions against the metrics that there are."""

from promql import names_of

# Values that come and go with what happens, and are no series before that.
_VALUES_THAT_COME = {"code", "method", "job", "instance"}


def _labels_of_recordings(recordings, metrics):
    """name: labels that its rule leaves, and those that it makes."""
    found = {}
    for name, text in recordings.items():
        names = names_of(text)
        found[name] = names.grouping | names.made
    return found


def check(expressions, metrics, recordings, values=None):
    """Yields what is wrong, as text. `metrics`: labels of each series; `values`: of each label, where known."""
    known = dict(metrics)
    known.update(_labels_of_recordings(recordings, metrics))
    for expression in expressions:
        try:
            names = names_of(expression.text)
        except ValueError as error:
            yield f"{expression.where}: {error}"
            continue
        somewhere = set(names.made)
        for selector in names.selectors:
            if selector.metric not in known:
                yield f"{expression.where}: no process exposes {selector.metric}"
                continue
            somewhere |= known[selector.metric]
            yield from _check_matchers(expression.where, selector, known[selector.metric],
                                       (values or {}).get(selector.metric))
        for label in sorted(names.grouping - somewhere):
            yield f"{expression.where}: no metric named there has the label {label}"


def _check_matchers(where, selector, labels, values):
    for matcher in selector.matchers:
        if matcher.label not in labels:
            yield f"{where}: {selector.metric} has no label {matcher.label}"
        elif (values is not None and matcher.operator == "=" and matcher.label not in _VALUES_THAT_COME
              and matcher.value not in values.get(matcher.label, ())):
            yield f"{where}: nobody exposes {selector.metric}{{{matcher.label}=\"{matcher.value}\"}}"
