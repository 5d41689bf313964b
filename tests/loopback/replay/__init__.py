"""The proof that the emulators answer as the recorded services did; ``python -m tests.loopback.replay`` shows it."""
