def mirror_tree(root: "TreeNode | None") -> "TreeNode | None":
    if root is not None:
        root.left, root.right = mirror_tree(root.right), mirror_tree(root.left)
    return root
