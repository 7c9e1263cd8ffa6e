"""Linked lists and trees in starters: the classes, what makes them of a test's values, and what
reads them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from server.problems.values import Chain, Language, ValueType

CLASSES: Final[Mapping[Chain, str]] = {"linked-list": "ListNode", "tree": "TreeNode"}

NAMES: Final[Mapping[Language, Mapping[Chain, tuple[str, str]]]] = {
    "python": {
        "linked-list": ("make_list", "list_values"),
        "tree": ("make_tree", "tree_values"),
    },
    "javascript": {
        "linked-list": ("makeList", "listValues"),
        "tree": ("makeTree", "treeValues"),
    },
    "java": {"linked-list": ("makeList", "listValues"), "tree": ("makeTree", "treeValues")},
}
"""By language: what makes nodes of values, and values of nodes."""

BOXED: Final = {
    "integer": "Integer",
    "number": "Double",
    "string": "String",
    "character": "Character",
    "boolean": "Boolean",
}

_CLASS: Final[Mapping[Language, Mapping[Chain, str]]] = {
    "python": {
        "linked-list": """\
class ListNode:
    def __init__(self, val=0, next=None):
        self.val = val
        self.next = next


""",
        "tree": """\
class TreeNode:
    def __init__(self, val=0, left=None, right=None):
        self.val = val
        self.left = left
        self.right = right


""",
    },
    "javascript": {
        "linked-list": """\
class ListNode {
  constructor(val = 0, next = null) {
    this.val = val;
    this.next = next;
  }
}

""",
        "tree": """\
class TreeNode {
  constructor(val = 0, left = null, right = null) {
    this.val = val;
    this.left = left;
    this.right = right;
  }
}

""",
    },
    "java": {
        "linked-list": """\
    static class ListNode {
        SCALAR val;
        ListNode next;

        ListNode(SCALAR val) {
            this.val = val;
        }
    }

""",
        "tree": """\
    static class TreeNode {
        SCALAR val;
        TreeNode left;
        TreeNode right;

        TreeNode(SCALAR val) {
            this.val = val;
        }
    }

""",
    },
}

_HELPERS: Final[Mapping[Language, Mapping[Chain, str]]] = {
    "python": {
        "linked-list": """\
def make_list(values):
    first = None
    for value in reversed(values):
        first = ListNode(value, first)
    return first


def list_values(node):
    values = []
    while node is not None:
        values.append(node.val)
        node = node.next
    return values


""",
        "tree": """\
def make_tree(levels):
    rest = iter(levels)
    root = TreeNode(next(rest)) if levels else None
    waiting = [root] if levels else []
    for node in waiting:
        for side in ("left", "right"):
            value = next(rest, None)
            if value is not None:
                setattr(node, side, TreeNode(value))
                waiting.append(getattr(node, side))
    return root


def tree_values(root):
    waiting = [root]
    for node in waiting:
        if node is not None:
            waiting += [node.left, node.right]
    while waiting and waiting[-1] is None:
        waiting.pop()
    return [None if node is None else node.val for node in waiting]


""",
    },
    "javascript": {
        "linked-list": """\
function makeList(values) {
  return values.reduceRight((next, value) => new ListNode(value, next), null);
}

function listValues(first) {
  const values = [];
  for (let node = first; node; node = node.next) values.push(node.val);
  return values;
}

""",
        "tree": """\
function makeTree(levels) {
  const rest = levels.slice(1);
  const root = levels.length > 0 ? new TreeNode(levels[0]) : null;
  const waiting = root ? [root] : [];
  for (const node of waiting) {
    for (const side of ["left", "right"]) {
      const value = rest.shift() ?? null;
      if (value === null) continue;
      node[side] = new TreeNode(value);
      waiting.push(node[side]);
    }
  }
  return root;
}

function treeValues(root) {
  const waiting = [root];
  for (const node of waiting) if (node) waiting.push(node.left, node.right);
  while (waiting.length > 0 && !waiting.at(-1)) waiting.pop();
  return waiting.map((node) => (node ? node.val : null));
}

""",
    },
    "java": {
        "linked-list": """\
    static ListNode makeList(BOXED... values) {
        ListNode first = null;
        for (int at = values.length - 1; at >= 0; at--) {
            ListNode node = new ListNode(values[at]);
            node.next = first;
            first = node;
        }
        return first;
    }

    static List<BOXED> listValues(ListNode node) {
        List<BOXED> values = new ArrayList<>();
        for (; node != null; node = node.next) values.add(node.val);
        return values;
    }

""",
        "tree": """\
    static TreeNode makeTree(BOXED... levels) {
        List<TreeNode> nodes = new ArrayList<>();
        if (levels.length > 0) nodes.add(new TreeNode(levels[0]));
        for (int at = 1; at < levels.length; at++) {
            if (levels[at] != null) nodes.add(new TreeNode(levels[at]));
        }
        int child = 1;
        for (int at = 1, parent = 0; at < levels.length; at += 2, parent++) {
            if (levels[at] != null) nodes.get(parent).left = nodes.get(child++);
            if (at + 1 < levels.length && levels[at + 1] != null) {
                nodes.get(parent).right = nodes.get(child++);
            }
        }
        return nodes.isEmpty() ? null : nodes.get(0);
    }

    static List<BOXED> treeValues(TreeNode root) {
        List<TreeNode> nodes = new ArrayList<>(Arrays.asList(root));
        for (int at = 0; at < nodes.size(); at++) {
            TreeNode node = nodes.get(at);
            if (node != null) nodes.addAll(Arrays.asList(node.left, node.right));
        }
        List<BOXED> values = new ArrayList<>();
        for (TreeNode node : nodes) values.add(node == null ? null : node.val);
        int size = values.size();
        while (size > 0 && values.get(size - 1) == null) values.remove(--size);
        return values;
    }

""",
    },
}


def classes(kinds: Iterable[ValueType], language: Language, scalars: Mapping[str, str]) -> str:
    """The classes of the nodes among these types, or nothing. `scalars`: Java's names of types."""
    return _texts(_CLASS[language], kinds, scalars)


def helpers(kinds: Iterable[ValueType], language: Language, scalars: Mapping[str, str]) -> str:
    """What makes and reads those nodes, or nothing."""
    return _texts(_HELPERS[language], kinds, scalars)


def _texts(
    texts: Mapping[Chain, str], kinds: Iterable[ValueType], scalars: Mapping[str, str]
) -> str:
    there = {kind.nodes: kind.scalar for kind in kinds if kind.nodes}
    return "".join(
        text.replace("SCALAR", scalars[there[nodes]]).replace("BOXED", BOXED[there[nodes]])
        for nodes, text in texts.items()
        if nodes in there
    )


def made(inner: str, kind: ValueType, language: Language) -> str:
    """Source text that makes nodes of an array's literal, or of Java's list of values."""
    assert kind.nodes is not None  # noqa: S101 - for the type checker
    return f"{NAMES[language][kind.nodes][0]}({inner})"


def read(text: str, kind: ValueType, language: Language) -> str:
    """Source text of the values of a result; of what is no node the text itself."""
    if kind.nodes is None:
        return text
    return f"{NAMES[language][kind.nodes][1]}({text})"
