function climbStairs(steps) {
  let below = 1;
  let here = 1;
  for (let step = 1; step < steps; step++) {
    [below, here] = [here, below + here];
  }
  return here;
}
