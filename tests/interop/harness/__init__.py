"""What the interop stories share: programs under test, their peers, messages, and the checks on what was stored."""
