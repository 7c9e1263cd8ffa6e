def shortest_ladder(start: str, goal: str, words: list[str]) -> int:
    unused = set(words)
    rung, length = {start}, 1
    while rung:
        if goal in rung:
            return length
        unused -= rung
        rung = {
            near
            for word in rung
            for at in range(len(word))
            for letter in "abcdefghijklmnopqrstuvwxyz"
            if (near := word[:at] + letter + word[at + 1 :]) in unused
        }
        length += 1
    return 0
