def tree_depth(root: "TreeNode | None") -> int:
    return 0 if root is None else 1 + max(tree_depth(root.left), tree_depth(root.right))
