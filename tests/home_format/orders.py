"""The orders that the data directory was made of: of 42 lines, one is broken, one lacks its customer, one comes twice, four are out
of range. `orders(41, 50)` is what the test adds."""

import json


def order(number):
    record = {
        "id": number if number % 10 else 5000 + number,
        "customer": f"c{number % 7}",
        "placed": f"2026-01-02T03:04:{number % 60:02d}Z",
        "total": number * 3 + 0.25,
        "ref": f"00000000-0000-4000-8000-{number:012d}",
        "tags": ["new", "paid"][: number % 3],
        "paid": number % 2 == 0,
    }
    if number == 17:
        del record["customer"]
    return json.dumps(record) + "\n"


def orders(first, last):
    return "".join(order(number) for number in range(first, last + 1))


def first_orders():
    return orders(1, 8) + order(8) + orders(9, 40) + '{"id": 41, "customer":\n'
