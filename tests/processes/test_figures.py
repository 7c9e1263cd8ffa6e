"""The texts of several workers as one that Prometheus takes."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from server.processes.figures import Watched, merged

ONE = b"""# HELP x_total How \\n often.
# TYPE x_total counter
x_total{worker="1"} 1.0
# HELP y Now.
# TYPE y gauge
y{of="a # HELP b",worker="1"} 2.0
"""
TWO = ONE.replace(b'worker="1"', b'worker="2"') + b"# HELP z Only there.\n# TYPE z gauge\nz 3.0\n"


def test_each_figure_is_there_once_with_the_lines_of_all() -> None:
    text = merged([ONE, TWO]).decode()
    assert text.count("# HELP x_total") == 1
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert set(families) == {"x", "y", "z"}
    assert [sample.labels["worker"] for sample in families["y"].samples] == ["1", "2"]
    lines = text.splitlines()
    first = lines.index('x_total{worker="1"} 1.0')
    assert lines[first + 1] == 'x_total{worker="2"} 1.0'


def test_of_one_nothing_is_changed() -> None:
    assert merged([TWO]) == TWO
    assert merged([]) == b""


def test_who_does_not_answer_is_told_as_down() -> None:
    text = Watched().all({1: ONE, 2: None}).decode()
    assert 'interview_worker_up{worker="1"} 1.0' in text
    assert 'interview_worker_up{worker="2"} 0.0' in text
    assert 'x_total{worker="1"} 1.0' in text
