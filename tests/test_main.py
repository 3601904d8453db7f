"""`python -m lenet`, which makes the files that ship."""

import json
import zipfile

import pytest

from lenet.experiments import runs, shifts, variants
from lenet.experiments.results import SHIPPED, load_results
from lenet.experiments.variants import Run
from lenet.lenet5 import study
from lenet.model import SHIPPED as NETWORKS


def test_results_come_from_nothing_or_are_completed(
    command, small_mnist, tmp_path, monkeypatch, capsys
):
    tiny = [Run("V8", 0, epochs=2, train_size=160), Run("V4", 0, 0.01 / 16, 1, 320)]
    for plan in (tiny[:1], tiny):
        monkeypatch.setattr(variants, "PLAN", plan)
        command("results", tmp_path / "new", "--n-jobs", 1)
        assert [path.name for path in (tmp_path / "new").iterdir()] == ["runs.csv"]
    made, shipped = load_results(tmp_path / "new"), load_results()
    assert made.columns.tolist() == shipped.columns.tolist()
    assert made.dtypes.equals(shipped.dtypes)
    assert made[[*Run._fields]].values.tolist() == [[*tiny[1]], [*tiny[0]], [*tiny[0]]]
    out = capsys.readouterr().out
    assert "V4: no convolution, rate 0.000625" in out
    assert "V8: ReLU, neither" in out
    monkeypatch.setattr(runs, "train", None)  # a call of it would fail
    before = (tmp_path / "new" / "runs.csv").read_text()
    command("results", tmp_path / "new")
    assert (tmp_path / "new" / "runs.csv").read_text() == before


def test_a_complete_table_is_written_as_it_was(command, tmp_path, monkeypatch):
    (tmp_path / "runs.csv").write_bytes((SHIPPED / "runs.csv").read_bytes())
    stored = load_results()[[*Run._fields]].drop_duplicates().itertuples(index=False)
    monkeypatch.setattr(variants, "PLAN", [Run(*run) for run in stored])
    command("results", tmp_path)
    assert (tmp_path / "runs.csv").read_bytes() == (SHIPPED / "runs.csv").read_bytes()


def test_results_of_the_study_come_in_the_order_of_its_plan(command, tmp_path, monkeypatch, capsys):
    tiny = [study.plan("adam", 1, 2, 60), study.plan("LeNet-5", 1, 2, 60), study.plan("V2", 0, 2)]

    def run(one):
        order.append(one)
        rows = load_results().head(2).assign(**one._asdict(), test_accuracy=0.9)
        return None, rows.reset_index(drop=True)

    order = []
    monkeypatch.setattr(study, "PLAN_1998", tiny)
    monkeypatch.setattr(study, "run_whole", run)
    command("results-1998", tmp_path, "--n-jobs", 1)
    assert order == tiny
    assert [path.name for path in tmp_path.iterdir()] == ["runs.csv"]
    made = load_results(tmp_path)
    assert made["variant"].tolist() == ["LeNet-5"] * 2 + ["adam"] * 2 + ["V2"] * 2
    assert made["epoch"].tolist() == [1, 2] * 3
    assert "10.0" in capsys.readouterr().out  # the test error, in percent
    command("results-1998", tmp_path)
    assert order == tiny


def test_weights_makes_every_network_that_ships(command, tmp_path, monkeypatch):
    class Network:
        def __init__(self, name):
            self.name = name

        def save(self, path):
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("config.json", json.dumps({"name": self.name, "input_axes": 0}))

    monkeypatch.setattr(runs, "run_variant", lambda variant, **_: (Network(variant), range(30)))
    monkeypatch.setattr(shifts, "train_shifted", lambda: Network("V2, shifted"))
    monkeypatch.setattr(study, "run_whole", lambda run: (Network(f"1998, {run.train_size}"), None))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # HOME on Windows
    command("weights", "~/weights")
    made = {
        path.name: json.loads(zipfile.ZipFile(path).read("config.json"))
        for path in (tmp_path / "weights").iterdir()
    }
    assert set(made) == {f"{network}.keras" for network in (*NETWORKS, "LeNet-5")}
    assert made["V1.keras"] == {"name": "V1"}
    assert made["V2-shifted.keras"] == {"name": "V2, shifted"}
    assert made["LeNet-5.keras"] == {"name": "1998, 60000"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["results"], "folder"),
        (["weights"], "folder"),
        (["notebooks"], "folder"),
        (["weights", "w", "--n-jobs", "2"], "--n-jobs"),
        (["results", "r", "--n-jobs", "all"], "--n-jobs"),
        (["results", "r", "--n-jobs", "0"], "--n-jobs: 0 processes"),
        (["plots", "p"], "plots"),
    ],
)
def test_what_is_not_understood_is_refused(
    arguments, words, command, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as info:
        command(*arguments)
    assert info.value.code == 2
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
