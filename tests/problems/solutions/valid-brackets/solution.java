    static boolean isValid(String text) {
        Deque<Character> awaited = new ArrayDeque<>();
        for (char bracket : text.toCharArray()) {
            if (bracket == '(') awaited.push(')');
            else if (bracket == '[') awaited.push(']');
            else if (bracket == '{') awaited.push('}');
            else if (awaited.isEmpty() || awaited.pop() != bracket) return false;
        }
        return awaited.isEmpty();
    }
