"""Planning without foresight: how a home runs without the platform, and the self-consumption rule that is the
fall-back."""
