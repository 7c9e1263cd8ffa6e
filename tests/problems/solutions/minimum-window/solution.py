def min_window(text: str, wanted: str) -> str:
    owed: dict[str, int] = {}  # below 0: the window has more than needed
    for char in wanted:
        owed[char] = owed.get(char, 0) + 1
    missing = len(wanted)
    start, best_start, best_length = 0, 0, len(text) + 1
    for end, char in enumerate(text, 1):
        owed[char] = owed.get(char, 0) - 1
        if owed[char] >= 0:
            missing -= 1
        while missing == 0:
            if end - start < best_length:
                best_start, best_length = start, end - start
            owed[text[start]] += 1
            if owed[text[start]] > 0:
                missing += 1
            start += 1
    return text[best_start : best_start + best_length] if best_length <= len(text) else ""
