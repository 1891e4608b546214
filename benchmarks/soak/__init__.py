"""The soak: many customers write through emulated messengers while every server is killed at random.

`stage` starts the servers, `crowd` are the customers, `play` lets them write and kills, `ledger` and
`verdict` compare what the customers saw with what the database holds. tests/soak plays a short version
with an echo in place of Rasa.
"""
