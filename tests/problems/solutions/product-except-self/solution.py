def product_except_self(nums: list[int]) -> list[int]:
    products = [1] * len(nums)
    before = after = 1
    for at in range(len(nums)):
        products[at] *= before
        before *= nums[at]
    for at in reversed(range(len(nums))):
        products[at] *= after
        after *= nums[at]
    return products
