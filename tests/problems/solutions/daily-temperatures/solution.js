function dailyTemperatures(temperatures) {
  const waits = new Array(temperatures.length).fill(0);
  const waiting = []; // days without a warmer one yet, never colder to warmer
  for (const [day, temperature] of temperatures.entries()) {
    while (waiting.length > 0 && temperatures[waiting.at(-1)] < temperature) {
      const earlier = waiting.pop();
      waits[earlier] = day - earlier;
    }
    waiting.push(day);
  }
  return waits;
}
