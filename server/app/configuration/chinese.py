"""What is wrong with a value, in Chinese, for who reads no English: one pattern for each sentence that a check of this folder says."""

from __future__ import annotations

import re

OTHERWISE = "这一项不对"
_KEY_WANTED = "微信支付是 apiclient_key.pem，支付宝是应用私钥"
_SENTENCES: tuple[tuple[str, str], ...] = (
    (
        r"is missing: say true if browsers .*",
        "请写明：浏览器经过自己设置 X-Real-Ip 的反向代理时写 true，直接访问时写 false",
    ),
    (r"is missing: where patients .*", "缺少患者访问本系统的网址"),
    (r"is missing: production runs on .*", "正式环境要用 MongoDB 副本集，不能用内置数据库"),
    (r"must not be empty", "不能为空"),
    (r"must be an address that begins .*", "要写成 https:// 开头的网址（不是正式环境时可以是 http://）"),
    (r"must be an address without .*", "网址里不能有 ?、# 和账号密码"),
    (r"must begin with https:// because .*", "正式环境的网址要以 https:// 开头"),
    (r"must begin with https:// in production.*: (.*)", r"正式环境要以 https:// 开头，除非写明 \1"),
    (r"must begin with mongodb:// or .*", "要以 mongodb:// 或 mongodb+srv:// 开头"),
    (r"must be .*", "写法不对，请对照例子"),
    (r"must have 1 to (.*) entries, but has (.*)", r"要有 1 到 \1 条，现在有 \2 条"),
    (r"must have at least (.*) characters in production, but has (.*)", r"正式环境至少要有 \1 个字符，现在有 \2 个"),
    (r"must have at least (.*) characters, but has (.*)", r"至少要有 \1 个字符，现在有 \2 个"),
    (r"must have (.*) characters, but has (.*)", r"要有 \1 个字符，现在有 \2 个"),
    (r"must consist of letters, digits, - and _ only", "只能有字母、数字、- 和 _"),
    (r"must consist of .*", "只能有字母和数字"),
    (r"can be guessed; .*: (.*)", r"容易被猜到，请重新生成：\1"),
    (r"points to the environment variable (.*), which is not set", r"指向的环境变量 \1 没有设置"),
    (r"points to the file (.*), which does not exist", r"指向的文件 \1 不存在"),
    (r"points to the file (.*), which can't be read as text", r"指向的文件 \1 读不出文字"),
    (r"stands in a file that other users .*: (.*)", r"所在的文件别的用户也能读，请执行 \1"),
    (r"points to a file that is cut off .*", "指向的文件不完整，请从 -----BEGIN 到 -----END 重新复制"),
    (r"points to a private key with a password.*: (.*)", r"私钥有密码，启动时没人能输入，请去掉密码：\1"),
    (r"points to a public key, but .*", f"这是公钥，这里要用私钥（{_KEY_WANTED}）"),
    (r"points to a certificate, but .*", f"这是证书，这里要用旁边的私钥（{_KEY_WANTED}）"),
    (
        r"points to a private key, but .*",
        "这是私钥，这里要用平台的公钥或证书（微信支付公钥、支付宝公钥）；私钥只写在 private_key_file",
    ),
    (r"points to a file that is no RSA private key .*", "指向的文件不是没有密码的 RSA 私钥（PEM）"),
    (r"points to a file that is neither .*", "指向的文件既不是 RSA 公钥，也不是证书（PEM）"),
    (r"points to a file that holds no certificate .*", "指向的文件里没有证书（PEM）"),
    (r"leads to a server whose certificate .*", "连接的服务器证书没人检查，请用 tlsCAFile 写明签发机构"),
    (r"leads over the network in clear; .*", "经过网络的连接没有加密，请加 tls=true"),
    (
        r"leads to another machine, .*",
        "演示不连接别的机器，请去掉这一项，或设 ZHENFU_ENVIRONMENT=development 或 production",
    ),
    (r"leads to (.*), which is no official host .*: (.*)", r"指向的 \1 不是平台的官方域名，也没有写在 \2 里"),
    (r"has no login; .*", "没有写数据库的账号和密码"),
    (
        r"believes what X-Real-Ip says.*",
        "X-Real-Ip 谁都能伪造，请只监听代理能到的地址：ZHENFU_BIND_ADDRESS=127.0.0.1 或内网地址",
    ),
    (r'has mode = "certificate" and needs Alipay.*', "用证书方式时，alipay_keys 要写支付宝的证书"),
    (r'has mode = "certificate" and needs app.*', "用证书方式时，要有 app_certificate_file 和 root_certificates_file"),
    (r"has an app_certificate_file that is not .*", "app_certificate_file 与 private_key_file 不是一对"),
    (r"has the app's own public key .*", "alipay_keys 里写的是应用公钥，这里要写支付宝公钥"),
    (r"has certificates of its own, .*", '写了证书，就要 mode = "certificate"'),
    (
        r"has the merchant's own certificate as (.*), but .*",
        r"\1 写的是商户自己的证书，这里要写微信支付公钥（商户平台 → API安全 → 微信支付公钥）",
    ),
    (
        r"has a certificate with the serial number (.*) as (.*): .*",
        r"\2 写的是序列号 \1 的证书：证书的名字就是它的序列号，PUB_KEY_ID_ 开头的是公钥",
    ),
    (r"has a key_id that is not among its keys", "key_id 不在 keys 里"),
    (r"has \[wechat.pay\] without .*", "有 [wechat.pay]，缺少 [wechat.official_account]，公众号里的支付要用它"),
    (r"has \[wechat.miniprogram\] without .*", "有 [wechat.miniprogram]，缺少 [wechat.pay]，小程序里的支付要用它"),
    (r"has one app_id for .*", "公众号和小程序的 app_id 相同，应各有各的"),
    (
        r"has a name of (.*) bytes, but at most (.*) fit .*",
        r"医院名称有 \1 字节，微信支付的商品描述里最多放得下 \2 字节（一个汉字 3 字节）",
    ),
    (r"has \[sms.linked\] without .*", "有 [sms.linked]，缺少 [wechat.miniprogram]，短信里的链接要打开小程序"),
    (r"has linked.(.*) without templates.*, which .*", r"有 linked.\1，缺少 templates.\1，没有链接时要用它"),
    (r"has a (.*) of more than (.*) bytes .*", r"菜单的 \1 超过 \2 字节（一个汉字 3 字节）"),
    (r'has type = "click" and needs a key', 'type = "click" 要有 key'),
    (r'has type = "view" and needs a url', 'type = "view" 要有 url'),
    (r'needs type = "click" or "view"', '要写 type = "click" 或 "view"'),
    (r"has the method (.*), which (.*) does not have: it has (.*)", r"\2 没有支付方式 \1，可选 \3"),
    (
        r"has the method (.*) and needs (.*): it is paid in that client",
        r"支付方式 \1 只能在它自己的客户端里付，要写 \2",
    ),
    (r"has \[\[methods\]\] with the channel (.*), which .*", r"[[methods]] 里的渠道 \1 在这个文件里没有"),
    (r"has a least age over the most", "最小年龄大于最大年龄"),
    (
        r"has guardian_bound without guardian_under, so it asks nobody for a guardian",
        "写了 guardian_bound，还要用 guardian_under 写明几岁以下",
    ),
    (r"has words for (.*) with a brace that is no gap", r"\1 的提示语里有不成对的大括号"),
    (r"has words for (.*) with (.*); its gaps are (.*)", r"\1 的提示语里没有 \2 这一项，可用 \3"),
    (r'has (.*) = "(.*)", but WeChat takes only (.*) there', r"\1 不能填 \2，微信只接受 \3"),
)
_PATTERNS = tuple((re.compile(english, re.DOTALL), chinese) for english, chinese in _SENTENCES)


def in_chinese(wrong: str) -> str:
    """The sentence ``wrong`` of a check in Chinese, with its names and numbers; `OTHERWISE` for one that nobody has translated."""
    for pattern, chinese in _PATTERNS:
        found = pattern.fullmatch(wrong)
        if found is not None:
            return found.expand(chinese)
    return OTHERWISE
