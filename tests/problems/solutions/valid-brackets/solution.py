def is_valid(text: str) -> bool:
    partners = {"(": ")", "[": "]", "{": "}"}
    awaited: list[str] = []
    for bracket in text:
        if bracket in partners:
            awaited.append(partners[bracket])
        elif not awaited or awaited.pop() != bracket:
            return False
    return not awaited
