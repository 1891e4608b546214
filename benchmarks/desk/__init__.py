"""The desk under load: customers are handed over, people take them and answer, gateways are killed.

`office` is the stage, `people` those who write on it, `rush` a crowd that is handed over at once, `shift`
an ordinary day with `kill -9`, `verdict` compares what everybody saw with what the database holds.
"""
