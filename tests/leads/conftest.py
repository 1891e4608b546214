from tests.leads.telling import clock

__all__ = ["clock"]
