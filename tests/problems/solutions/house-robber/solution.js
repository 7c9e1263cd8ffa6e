function mostEarned(fees) {
  let played = 0;
  let rested = 0;
  for (const fee of fees) {
    [played, rested] = [rested + fee, Math.max(played, rested)];
  }
  return Math.max(played, rested);
}
