"""What the codec raises. Everything smaller than this is a finding in the result."""

from b2bsync.vocabulary.findings import Finding


class CodecError(Exception):
    """Something that stops the codec; ``finding`` says what and where."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


class Unreadable(CodecError):
    """The bytes are no X12 interchange: empty, foreign, or with a header that cannot be understood."""


class Unwritable(CodecError):
    """A value, segment or header that cannot be sent as it is; nothing was written."""
