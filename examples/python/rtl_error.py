"""Errors as rtl sends them: a code, what happened, where, and what to do about it."""
from typing import Any, Dict, Mapping


class RtlError(Exception):
    def __init__(self, code: str, message: str, **more: Any):
        """`more` may hold `fix`, `at` and `problems`, as in the Failure of docs/protocol.md."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.failure: Dict[str, Any] = {"code": code, "message": message, **more}

    @staticmethod
    def of(failure: Mapping[str, Any]) -> "RtlError":
        more = {key: value for key, value in failure.items() if key not in ("code", "message")}
        return RtlError(failure["code"], failure["message"], **more)

    def text(self) -> str:
        """For people: what, where, and what to do."""
        lines = [f"{self.code}: {self.message}"]
        for problem in self.failure.get("problems", []):
            lines.append(f"  {problem['path']}: {problem['message']}")
        if self.failure.get("at"):
            lines.append("  at " + ", ".join(f"{k} {v}" for k, v in self.failure["at"].items()))
        if self.failure.get("fix"):
            lines.append("  fix: " + self.failure["fix"])
        return "\n".join(lines)
