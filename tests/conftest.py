"""Programs that tests begin hear Ctrl-C and a closed terminal, though the tests were begun by `nohup … &`."""

import signal

for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)
