function mirrorTree(root) {
  if (root) [root.left, root.right] = [mirrorTree(root.right), mirrorTree(root.left)];
  return root;
}
