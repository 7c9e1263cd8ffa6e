function treeDepth(root) {
  return root ? 1 + Math.max(treeDepth(root.left), treeDepth(root.right)) : 0;
}
