function fizzBuzz(first, last) {
  const said = [];
  for (let number = first; number <= last; number++) {
    const word = (number % 3 === 0 ? "Fizz" : "") + (number % 5 === 0 ? "Buzz" : "");
    said.push(word || String(number));
  }
  return said;
}
