def moving_averages(values: list[float], width: int) -> list[float]:
    return [sum(values[at : at + width]) / width for at in range(len(values) - width + 1)]
