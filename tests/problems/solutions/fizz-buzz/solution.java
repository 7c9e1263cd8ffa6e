    static String[] fizzBuzz(int first, int last) {
        String[] said = new String[last - first + 1];
        for (int number = first; number <= last; number++) {
            String word = (number % 3 == 0 ? "Fizz" : "") + (number % 5 == 0 ? "Buzz" : "");
            said[number - first] = word.isEmpty() ? String.valueOf(number) : word;
        }
        return said;
    }
