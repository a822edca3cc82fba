"""Frame: a run as a pandas DataFrame, one row for each problem and strategy. Texts stay in the folder: `RunFolder.record`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import UsageError
from benchmarks.folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame"]


def frame(folder: RunFolder) -> pd.DataFrame:
    """Columns: set, id, strategy, category, level, language, outcome, right (missing where our side failed), answer, cause,
    agreement, prompt_tokens, completion_tokens, turns, attempts, seconds, model_s, sandbox_s.

    Raises `UsageError` where pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise UsageError("pandas is not installed", advice="pip install 'sangaku[bench]'") from error
    rows = []
    for row in folder.rows():
        graded, timing = row.graded, row.timing
        rows.append(
            {
                "set": graded.set,
                "id": graded.id,
                "strategy": graded.strategy,
                "category": graded.category,
                "level": graded.level,
                "language": graded.language,
                "outcome": graded.outcome,
                "right": None if graded.outcome == "failed" else graded.outcome == "right",
                "answer": graded.answer,
                "cause": graded.cause,
                "agreement": graded.agreement,
                "prompt_tokens": graded.prompt_tokens,
                "completion_tokens": graded.completion_tokens,
                "turns": sum(len(attempt.turns) for attempt in graded.attempts),
                "attempts": len(graded.attempts),
                "seconds": None if timing is None else timing.seconds,
                "model_s": None if timing is None else timing.model_s,
                "sandbox_s": None if timing is None else timing.sandbox_s,
            }
        )
    return pd.DataFrame(rows).astype({"right": "boolean"} if rows else {})
