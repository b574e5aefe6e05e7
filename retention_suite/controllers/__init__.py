from . import cancellation
from . import portal
from . import refer
from . import weekly_mail
