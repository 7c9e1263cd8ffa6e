def longest_run(text: str) -> int:
    longest = start = 0
    seen: dict[str, int] = {}
    for at, char in enumerate(text):
        start = max(start, seen.get(char, -1) + 1)
        longest = max(longest, at - start + 1)
        seen[char] = at
    return longest
