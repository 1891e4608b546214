"""One module per question: facts of the stock and the dealership → texts and effects.

Each has `async def answer(turn: Turn) -> Answer`.
"""
