"""One room's document: apply, diff, read, seed. The only file that touches pycrdt.

Layout (DESIGN section 6): one root ``Y.Text`` per file, named ``file:<path>``; a root map
``files`` (path -> {language}) and a root map ``room`` (``active``: path). A file that was renamed
keeps its text: its entry then says where that is (``text``). ``crdt.listing`` reads the entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from pycrdt import Doc, Map, Text, TransactionEvent, get_update, merge_updates

from crdt import varint
from crdt.errors import CrdtError, DocumentFull, DocumentPoisoned, UpdateError
from crdt.limits import DOCUMENT_BYTES, DOCUMENT_CHECK_BYTES
from crdt.listing import Listed, active, is_path, listed
from crdt.vet import EMPTY_STATE_VECTOR, EMPTY_UPDATE, NO_STRUCTS

SEED_CLIENT: Final = 1
"""The client id of every seed, so that the same files always make the same bytes: applying
a seed twice changes nothing."""

_T = TypeVar("_T")
_Data = TypeVar("_Data")


class SeedFile(NamedTuple):
    """A file a document starts with; ``text`` has LF line ends."""

    path: str
    language: str
    text: str


class File(NamedTuple):
    """A file as it stands now."""

    path: str
    language: str
    text: str


def seed(files: Iterable[SeedFile], shown: str) -> bytes:
    """The update that fills an empty document with ``files`` and shows the one at ``shown``.

    The same arguments give the same bytes. Raises ``ValueError`` for a path that ``is_path``
    refuses or a text with carriage returns.
    """
    doc = Doc[Any](client_id=SEED_CLIENT)
    table = doc.get("files", type=Map)
    room = doc.get("room", type=Map)
    for file in files:
        if not is_path(file.path):
            raise ValueError(f"{file.path!r} cannot name a file")
        if "\r" in file.text:
            raise ValueError(f"{file.path}: line ends are LF")
        table[file.path] = {"language": file.language}
        doc.get(_root(file.path), type=Text).insert(0, file.text)
    room["active"] = shown
    return doc.get_update()


def together(updates: Sequence[bytes]) -> Sequence[bytes]:
    """What to apply to have ``updates``, in whatever order they stand: one update, for of many the
    library may leave some out that came before what they build on (pycrdt 0.14.13), also when
    that comes; where it cannot make one, all of them twice."""
    if len(updates) < 2:
        return updates
    try:
        return [_guard(lambda all_: merge_updates(*all_), updates)]
    except CrdtError:
        return [*updates, *updates]


class Document:
    """A Yjs document. Updates given to it must have been vetted (``crdt.vet``)."""

    __slots__ = ("_doc", "_raw", "_state", "_unmeasured")

    def __init__(self) -> None:
        self._doc = Doc[Any]()
        self._raw = self._doc._doc
        self._unmeasured = 0
        self._state: bytes | None = None

    def apply(self, update: bytes) -> None:
        """Take one update.

        Raises ``UpdateError`` when it cannot be decoded (the document is unchanged) and
        ``DocumentPoisoned`` when the library gave up half-way (the document must be dropped).
        """
        self._state = None
        self._unmeasured += len(update)
        # What ``Doc.apply_update`` does less what only nested transactions and asynchronous
        # callbacks need: it takes half the time, and this is done for every keystroke.
        raw = self._raw
        try:
            transaction = raw.create_transaction()
            try:
                raw.apply_update(transaction, update)
                transaction.commit()
            finally:
                transaction.drop()
        except BaseException as error:
            raise _ours(error) from error

    def integrate(self, update: bytes) -> bytes:
        """Take an update that may hold much that is known, and return what was new in it.

        A returning client answers a sync step 1 with all its deletions, and often with edits
        that had arrived after all. The result is what others lack and the journal needs:
        ``b""`` when nothing was new; ``update`` itself when parts of it wait for edits that
        have not arrived. Raises what ``apply`` raises.
        """
        if update == EMPTY_UPDATE:
            return b""
        seen: list[bytes] = []

        def remember(event: TransactionEvent) -> None:
            seen.append(event.update)

        subscription = self._doc.observe(remember)
        try:
            self.apply(update)
        finally:
            self._doc.unobserve(subscription)
        if not self.knows(update):
            return update
        return seen[0] if seen else b""

    def knows(self, update: bytes) -> bool:
        """Whether every insertion of ``update`` is in the document already (its deletions may
        not be). Raises what ``apply`` raises."""
        # Not by comparing state vectors: that of an update counts only from clock 0.
        state_vector = self.state_vector()
        missing = _guard(lambda data: get_update(data, state_vector), update)
        return missing.startswith(NO_STRUCTS)

    def check_size(self) -> None:
        """Raise ``DocumentFull`` when the document has outgrown ``DOCUMENT_BYTES``.

        Costs nothing until ``DOCUMENT_CHECK_BYTES`` of updates came in since it was last
        measured.
        """
        if self._unmeasured < DOCUMENT_CHECK_BYTES:
            return
        size = len(self.state())
        if size > DOCUMENT_BYTES:
            raise DocumentFull(f"the document has {size} bytes, {DOCUMENT_BYTES} are allowed")
        self._unmeasured = 0

    def state_vector(self) -> bytes:
        """What the document has, as an encoded state vector."""
        return self._doc.get_state()

    def diff(self, state_vector: bytes) -> bytes:
        """The update that brings somebody who has ``state_vector`` up to date.

        Raises ``UpdateError`` when it cannot be decoded, ``DocumentPoisoned`` on a panic.
        """
        return _guard(self._doc.get_update, state_vector)

    def state(self) -> bytes:
        """The whole document as one update, encoded once until the next edit."""
        if self._state is None:
            self._state = self.diff(EMPTY_STATE_VECTOR)
        return self._state

    def snapshot(self) -> bytes:
        """The whole document as one update, seen to load.

        Raises ``DocumentPoisoned`` when the library's encoding of its own document does not:
        deleting half of a surrogate pair brings it there. The updates themselves still do.
        """
        state = self.state()
        copy = Document()
        try:
            copy.apply(state)
        except CrdtError as error:
            raise DocumentPoisoned(f"the snapshot does not load: {error}") from error
        if _clocks(copy.state_vector()) != _clocks(self.state_vector()):
            raise DocumentPoisoned("the snapshot lacks a part")
        return state

    def text(self, path: str) -> str:
        """The text of the file at ``path``, empty if there is none."""
        here = (file.text for file in self._listed() if file.path == path)
        return self._text(next(here, path))

    def files(self) -> list[File]:
        """The files as listed (``crdt.listing``), with LF line ends."""
        return [
            File(path, language, self._text(text).replace("\r\n", "\n").replace("\r", "\n"))
            for path, language, text in self._listed()
        ]

    def active(self) -> str | None:
        """The path of the file that is shown and run, if the document names one that exists."""
        return active(self._listed(), self._map("room").get("active"))

    def _listed(self) -> list[Listed]:
        # Clients may put anything there; each value is looked at alone, because converting a
        # whole map fails when one of its values has no Python equivalent.
        entries = self._map("files")
        return listed(entries.keys(), lambda path: _plain(entries[path]))

    def _text(self, name: str) -> str:
        return str(self._doc.get(_root(name), type=Text))

    def _map(self, name: str) -> Map[Any]:
        root: Map[Any] = self._doc.get(name, type=Map)
        return root


def _root(name: str) -> str:
    return f"file:{name}"


def _plain(entry: object) -> object:
    """What ``crdt.listing`` reads of an entry: a shared map as a dict of those values."""
    if not isinstance(entry, Map):
        return entry
    return {key: entry.get(key) for key in ("language", "text")}


def _guard(call: Callable[[_Data], _T], data: _Data) -> _T:
    """``call(data)``, the library's ways to fail turned into ours."""
    try:
        return call(data)
    except BaseException as error:
        raise _ours(error) from error


def _ours(error: BaseException) -> BaseException:
    """Our error for one of the library, or ``error`` itself where it is none.

    The library raises ``ValueError`` before it has changed anything; ``RuntimeError`` and a
    panic (derived from ``BaseException``, not importable) may come in the middle of an update.
    """
    if isinstance(error, ValueError):
        return UpdateError(str(error))
    if isinstance(error, RuntimeError) or type(error).__name__ == "PanicException":
        return DocumentPoisoned(str(error))
    return error


def _clocks(state_vector: bytes) -> dict[int, int]:
    count, at = varint.read(state_vector, 0)
    clocks = {}
    for _ in range(count):
        client, at = varint.read(state_vector, at)
        clocks[client], at = varint.read(state_vector, at)
    return clocks
