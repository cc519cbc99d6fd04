"""Stand-ins for services that cost money: real servers on the loopback device, run as processes of their own."""
