"""Where the time of profiled steps went, in captures whose answer is worked out by hand."""

import math
import subprocess
import sys

import numpy as np
import pytest

import captures
from lr_tb import profiling

HOST = "/host:CPU"
TWO_STEPS = {"python": [captures.marker(0, 1000, 7), captures.marker(1100, 2000, 8)]}


def _device_us(folder, *gpus):
    """Return the device time of the steps of `TWO_STEPS`, in microseconds."""
    planes = {HOST: TWO_STEPS} | {f"/device:GPU:{i}": lines for i, lines in enumerate(gpus)}
    times = profiling.step_times(captures.write(folder, planes))
    return [round(1e3 * time.device_ms, 6) for time in times]


def test_each_marker_is_a_row(tmp_path):
    events = [
        captures.marker(2000, 2500, 12, steps=7),
        captures.marker(0, 1250, 5, steps=7),
        ("FunctionRun", 100, 200, {"_r": 1, "id": 3}),
        ("train", 3000, 3100),
        ("retrain", 3000, 3100, {"step_num": 4}),
    ]

    first, second = profiling.step_times(captures.write(tmp_path, {HOST: {"python": events}}))

    assert (5, 7, 1.25) == (first.step, first.steps, first.wall_ms)
    assert (12, 7, 0.5) == (second.step, second.steps, second.wall_ms)


def test_a_marker_of_another_program_is_one_step(tmp_path):
    (row,) = profiling.step_times(
        captures.write(tmp_path, {HOST: {"MainThread": [captures.marker(0, 10, 0)]}})
    )

    assert (0, 1) == (row.step, row.steps)


def test_an_execution_that_was_broken_off_has_no_row(tmp_path):
    events = [captures.marker(0, 10, 3, steps=1), captures.marker(20, 90, 4, steps=0)]

    rows = profiling.step_times(captures.write(tmp_path, {HOST: {"python": events}}))

    assert [3] == [row.step for row in rows]


def test_kernels_at_once_on_two_streams_count_once(tmp_path):
    gpu = {
        "Stream #7(Compute)": [("conv", 100, 400), ("dense", 700, 800)],
        "Stream #9(Memset,Compute)": [("adam", 300, 600), ("relu", 720, 780)],
    }

    # 100 to 600 and 700 to 800.
    assert [600, 0] == _device_us(tmp_path, gpu)


def test_gpus_at_work_at_once_count_once(tmp_path):
    first = {"Stream #7(Compute)": [("conv", 100, 200), ("conv", 1200, 1300)]}
    second = {"Stream #7(Compute)": [("conv", 150, 300), ("conv", 1500, 1700)]}

    assert [200, 300] == _device_us(tmp_path, first, second)


def test_a_kernel_counts_for_the_step_it_runs_in(tmp_path):
    # Launched in the first step, over at 1300: 900 to 1000 is the first's, 1100 to 1300
    # the second's, and what lies between the two is no step's.
    gpu = {"Stream #7(Compute)": [("conv", 900, 1300), ("dense", 1950, 2400)]}

    assert [100, 250] == _device_us(tmp_path, gpu)


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        (-50, 0, 0),
        (-50, 1, 1),
        (0, 1000, 1000),
        (999, 1100, 1),
        (1000, 1100, 0),
        (1000, 1101, 1),
        (1999, 2050, 1),
        (2000, 2050, 0),
        (-50, 2050, 1900),
    ],
)
def test_kernels_at_the_borders_of_steps(tmp_path, begin, end, expected):
    gpu = {"Stream #7(Compute)": [("conv", begin, end)]}

    assert expected == sum(_device_us(tmp_path, gpu))


def test_copies_and_lines_that_repeat_the_kernels_do_not_count(tmp_path):
    gpu = {
        "Stream #7(Compute)": [("MemoryAlloc", 0, 50), ("conv", 100, 200)],
        "Stream #8(MemcpyH2D,Memset)": [("MemcpyH2D", 300, 500), ("Memset", 600, 650)],
        "XLA Ops": [("fusion", 100, 900)],
        "Steps": [("7", 0, 1000)],
    }

    assert [100, 0] == _device_us(tmp_path, gpu)


def test_many_kernels_as_counted_microsecond_by_microsecond(tmp_path):
    generator = np.random.default_rng(0)
    for case in range(20):
        begins = generator.integers(-100, 2100, size=(3, generator.integers(1, 40)))
        ends = begins + generator.integers(0, 300, size=begins.shape)
        is_busy = np.zeros(3000, bool)
        for begin, end in zip(begins.ravel() + 200, ends.ravel() + 200, strict=True):
            is_busy[begin:end] = True
        expected = [is_busy[200:1200].sum(), is_busy[1300:2200].sum()]

        gpu = {
            f"Stream #{i}(Compute)": [("kernel", *pair) for pair in zip(*pairs, strict=True)]
            for i, pairs in enumerate(zip(begins.tolist(), ends.tolist(), strict=True))
        }

        assert expected == _device_us(tmp_path / str(case), gpu)


def test_the_device_time_of_a_capture_without_a_gpu_is_unknown(tmp_path):
    rows = profiling.step_times(captures.write(tmp_path, {HOST: TWO_STEPS}))

    assert all(math.isnan(row.device_ms) for row in rows)


def test_a_gpu_without_streams_is_unknown_and_one_that_only_copies_is_idle(tmp_path):
    unknown = _device_us(tmp_path / "a", {"Steps": [("7", 0, 1000)]})
    idle = _device_us(tmp_path / "b", {"Stream #8(MemcpyH2D)": [("MemcpyH2D", 300, 500)]})

    assert all(map(math.isnan, unknown))
    assert [0, 0] == idle


def test_waiting_for_input_and_compiling(tmp_path):
    host = TWO_STEPS | {
        "tf_data_iterator_get_next/1": [
            ("IteratorGetNextOp::DoCompute", 10, 60),
            ("Iterator::Root::Prefetch", 15, 300),
            ("IteratorGetNextOp::DoCompute", 1050, 1150),
        ],
        "tf_Compute/2": [("IteratorGetNext:IteratorGetNext", 40, 80), ("MatMul", 90, 200)],
        "tf_Compute/3": [("GpuCompiler::RunBackend", 300, 700), ("PjRtCpuClient::Compile", 1, 2)],
    }
    host["python"] = [*host["python"], ("tf.function-graph_building", 100, 350)]

    first, second = profiling.step_times(captures.write(tmp_path, {HOST: host}))

    assert (0.07, 0.05) == pytest.approx((first.input_ms, second.input_ms), abs=1e-12)
    assert (0.601, 0.0) == pytest.approx((first.compile_ms, second.compile_ms), abs=1e-12)


def test_where_nothing_waits_for_input_the_wait_is_unknown(tmp_path):
    rows = profiling.step_times(captures.write(tmp_path, {HOST: TWO_STEPS}))

    assert all(math.isnan(row.input_ms) for row in rows)


def test_a_capture_without_markers_has_no_rows(tmp_path):
    gpu = {"Stream #7(Compute)": [("conv", 100, 200)]}

    assert [] == profiling.step_times(captures.write(tmp_path / "a", {"/device:GPU:0": gpu}))
    assert [] == profiling.step_times(captures.write(tmp_path / "b", {}))


def test_the_files_of_several_hosts_are_read(tmp_path):
    for host, end in (("a", 10), ("b", 20)):
        captures.write(tmp_path, {HOST: {"python": [captures.marker(0, end, 0)]}}, host=host)

    assert [0.01, 0.02] == [row.wall_ms for row in profiling.step_times(tmp_path)]


def test_reading_needs_no_framework_and_leaves_nothing_behind(tmp_path):
    folder = captures.write(tmp_path / "capture", {HOST: TWO_STEPS})
    code = (
        "import sys, lr_tb\n"
        f"print(len(lr_tb.profiling.step_times({str(folder)!r})))\n"
        "print(sorted({'tensorflow', 'keras', 'jax', 'xprof'} & set(sys.modules)))"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert "2\n[]\n" == result.stdout, result.stderr
    assert ["host.xplane.pb"] == [path.name for path in folder.iterdir()]


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_a_folder_without_a_capture_is_refused(tmp_path, name):
    (tmp_path / "empty").mkdir()

    with pytest.raises(
        ValueError, match=f"`capture_dir` must be a folder with .*{name}'. Captures"
    ):
        profiling.step_times(tmp_path / name)


def test_a_broken_capture_is_named(tmp_path):
    folder = captures.write(tmp_path, {HOST: TWO_STEPS})
    file = folder / "host.xplane.pb"
    file.write_bytes(file.read_bytes()[:-9])

    with pytest.raises(ValueError, match="host.xplane.pb' is no complete profiler capture"):
        profiling.step_times(folder)
