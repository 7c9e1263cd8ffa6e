def fizz_buzz(first: int, last: int) -> list[str]:
    return [
        "Fizz" * (number % 3 == 0) + "Buzz" * (number % 5 == 0) or str(number)
        for number in range(first, last + 1)
    ]
