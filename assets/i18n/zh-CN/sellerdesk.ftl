# 窗口中的全部文字。云商店术语与卖家中心保持一致；接口字段名不翻译。

## 导航
place-overview = 概览
place-messages = 消息
place-instances = 实例
place-orders = 订单
place-refused = 被拒绝的调用
place-settings = 设置
open-settings = 打开设置

## 顶部
world-live = 正式
world-live-meaning = 真实订单
world-test = 调测
world-test-meaning = 卖家中心的调测调用（testFlag 为 1），与正式订单互不混淆。
world-test-banner = 调测调用
search-hint = 搜索订单、实例、文本
search-meaning = 订单号、订单行号、实例 ID 或任意文本（Ctrl+F）
receiver-starting = 正在启动接收
receiver-listening = 正在接收：{ $url }
receiver-listening-meaning = 接收服务运行正常，正在应答云商店的调用。
receiver-elsewhere = 由另一个 Sellerdesk 接收（{ $address }）
receiver-elsewhere-meaning = 该数据目录上已有另一个 Sellerdesk 在接收调用。本窗口显示同一份数据，也可以重试。
receiver-failed = 未在接收
receiver-failed-meaning = 无法接收调用：{ $reason }
store-write-trouble = 无法保存数据，调用均以 000005 应答：{ $reason }
store-trouble = 无法读取数据库：{ $reason }
retrying = 正在重试 { $done } / { $all }
cancel-retries = 停止

## 通用
cancel = 取消
close = 关闭
save = 保存
edit = 编辑
remove = 删除
loading = 正在加载…
copied = 已复制：{ $what }
copy-what = 复制 { $what }
address = 地址
nothing-found = 未找到“{ $search }”
nothing-found-meaning = 搜索范围包括订单号、订单行号、实例 ID 和消息文本，仅限当前环境。
clear-search = 清除搜索

## 概览
no-key = 尚未设置接入密钥：所有调用都会被应答 000001。请从卖家中心复制基础接口的密钥。
set-key = 设置密钥
figure-failing = 失败
figure-in-progress = 处理中
figure-refused = 被拒绝的调用
figure-failed-orders = 本月失败订单
figure-failed-orders-meaning = 本自然月（UTC）内最终开通失败的订单，仅统计经过本程序的。超过五单，商品将被云商店下架。
last-day = 最近 24 小时：调用 { $calls } 次，失败 { $failures } 次
plot-answered = 成功应答
plot-failed = 失败
needs-a-person = 现在需要处理
needs-nobody = 没有。所有消息均已完成，或将自动重试。
fill-in = 填写应用信息

## 列
column-state = 状态
column-activity = 接口
column-order = 订单
column-exception = 异常信息
column-attempts = 次数
column-last-attempt = 最近一次
column-received = 接收时间
column-status = 状态
column-instance = 实例
column-customer = 客户
column-product = 商品
column-expires = 到期时间
column-created = 创建时间
column-endpoint = 生产地址
column-caller = 调用方
column-result-code = 结果码
column-reason = 原因

## 消息
filter-all = 全部
filter-failing = 失败（{ $count }）
filter-in-progress = 处理中（{ $count }）
count-messages = { $count } 条消息
count-instances = { $count } 个实例
retry = 重试
retry-meaning = 用已保存的请求重新处理，如同云商店刚刚调用一样。成功后，云商店的下一次调用将直接得到该结果。
retry-all-shown = 重试所列全部
retry-all-shown-meaning = 重试列表中所有未成功的消息，最早的优先。
retry-all-question = 重试列表中所有失败的消息？
retry-count-question = 重试这 { $count } 条消息？
retry-marked = 重试选中的 { $count } 条
unmark = 取消选中
mark-message = 选中 { $name }
no-messages = 还没有调用
no-messages-meaning = 先设置接入密钥，再到卖家中心的“生产地址管理”填写生产地址并进行调测，第一次调用就会出现在这里。调测调用位于“调测”环境中。
nothing-failing = 这里没有消息
nothing-failing-meaning = 没有此类消息，一切正常。

## 实例
no-instances = 还没有实例
no-instances-meaning = 收到买家的购买调用（newInstance）后，实例会出现在这里。

## 状态
state-succeeded = 成功
state-succeeded-meaning = 已完成，并应答 000000。
state-in-progress = 处理中
state-in-progress-meaning = 已受理但未完成：商品后台或操作员仍在处理。
state-failing = 失败
state-failing-meaning = 最近一次失败，云商店仍会自动再次调用。
state-stopped = 已停止
state-stopped-meaning = 最近一次失败，且云商店不再自动调用。
status-provisioning = 开通中
status-active = 使用中
status-frozen = 已冻结
status-released = 已释放
status-failed = 开通失败
origin-koogallery = 云商店调用
origin-operator = 操作员
origin-automatic = 自动处理

## 接口
activity-new-instance = 新购商品
activity-refresh-instance = 商品续费或周期变更
activity-update-instance-status = 商品冻结或解冻
activity-upgrade-instance = 商品升级
activity-release-instance = 商品资源释放
activity-query-instance = 查询实例信息
activity-change-instance-check = 变更前校验
activity-order-notify = 订单通知
activity-license-activate = 激活授权码
activity-license-heartbeat = 查询授权码
activity-license-usage = 授权码软件使用统计
activity-order-query = 查询订单
activity-usage-data = 按需使用量推送
activity-upload = 上传 License
activity-expire-instance = 商品过期
activity-instance-status = 资源状态变更
activity-get-license = 获取License
activity-refresh-license = License续费
activity-expire-license = License过期
activity-release-license = License释放
activity-get-license-async = 异步申请License
activity-refresh-license-code = 更新授权码有效期
activity-update-license-code-status = 变更授权码状态
activity-release-license-code = 释放授权码
activity-tenant-sync = 企业同步
activity-application-sync = 应用同步
activity-auth-sync = 用户授权同步
activity-single-org-sync = 部门增量同步
activity-all-org-sync = 部门全量同步
activity-unknown = 本版本未知

## 失败原因
exception-unknown-instance = 此处没有实例 { $instance }。实例出现后将自动处理该消息。
exception-instance-released = 实例 { $instance } 已释放，不能再变更。
exception-still-provisioning = 实例 { $instance } 仍在开通中，开通完成后将自动处理该消息。
exception-unknown-activity = 本版本不认识接口 { $activity }，请在卖家中心处理。
exception-unknown-status = 本版本不认识状态 { $status }，请手动设置实例状态。
exception-license-released = 授权码 { $license } 已释放，不能再变更。
exception-waits-for-upload = 已受理，等待上传 License。
exception-no-license = 产品没有返回 License，而该订单需要 License。
exception-no-front-end-url = 产品没有返回 frontEndUrl，而新购必须提供。
exception-client-secret = 应用 { $app } 的 clientSecret 无法解密：{ $reason }。请在“设置”中设置 RSA 私钥后重试。
exception-unknown-flag = 此版本不认识操作标识 { $flag }，未作任何变更。
exception-waits-for-operator = 等待您填写应用信息。
exception-webhook-working = Webhook 仍在处理。
exception-webhook-slow = Webhook 在 { $millis } ms 内没有应答，将在后台继续。
exception-webhook-unreachable = 无法连接 Webhook：{ $reason }
exception-webhook-status = Webhook 应答 HTTP { $status }：{ $excerpt }
exception-webhook-malformed = 无法解析 Webhook 的应答：{ $reason }
exception-refused = 商品后台拒绝，结果码 { $code }：{ $message }
exception-field-too-long = { $field } 有 { $length } 个字符，云商店最多接受 { $max } 个。
exception-endpoint-gone = 配置中已没有生产地址 { $endpoint }。请在设置中重新添加后再重试。
exception-interrupted = 处理过程中程序退出，请重试。
exception-batch-divided = 所在的批量请求因其中某个授权码被整体拒绝；正在拆分后重新发送。

## 话单的问题
usage-missing = 缺少 { $column }。
usage-too-long = { $column } 有 { $length } 个字符，云商店最多接受 { $max } 个。
usage-no-time = { $column } 为“{ $text }”，不是时间。请写作 2022-08-09T16:00:00+08:00。
usage-no-zone = { $column } 为“{ $text }”，没有时区。请加上 +08:00 或 Z，或为全部话单选择时区。
usage-ambiguous-time = { $column } 为“{ $text }”，因时钟调整，该时间在 { $zone } 出现两次或不存在。请加上时差。
usage-fraction-of-second = { $column } 含有不足一秒的部分，云商店只接受整秒。
usage-no-number = usageValue 为“{ $text }”，不是数字。请写作 12.5，不要使用千位分隔符。
usage-not-positive = usageValue 为“{ $text }”，必须大于 0。
usage-too-precise = usageValue 为“{ $text }”，云商店最多接受 { $max } 位小数。
usage-end-before-begin = endTime 早于 beginTime。
usage-end-in-future = endTime 还有 { $seconds } 秒才到；计量时段结束后话单才会被接受。
usage-too-old = beginTime 在 { $days } 天前；云商店只接受最近 { $max } 天的话单。
usage-same-period = 实例和时段与第 { $first } 条话单相同；云商店只处理第一条。
usage-same-metering-sn = meteringSn 与第 { $first } 条话单相同；每条话单的标识必须唯一。
usage-late-hourly = 晚了 { $minutes } 分钟：按小时计费的用量应在 2 小时内上报。
usage-late-daily = 晚了 { $minutes } 分钟：次日 01:00（北京时间）之后上报，费用将计入下一天。

## 拒绝原因
rejection-missing-parameter = 调用中缺少 { $parameter }。
rejection-malformed-timestamp = timestamp 不是毫秒数。
rejection-behind = 调用方时钟比本机慢 { $seconds } 秒，最多允许 60 秒。请检查本机时间。
rejection-ahead = 调用方时钟比本机快 { $seconds } 秒，最多允许 60 秒。请检查本机时间。
rejection-no-key = 未设置 { $class } 类接入密钥，请在设置中填写。
rejection-mismatch = 签名与 { $class } 类接入密钥不符，请与卖家中心核对密钥。
rejection-wrong-key-class = { $activity } 使用了 { $used } 类密钥签名，应使用 { $wanted } 类密钥。
rejection-replayed = nonce 已被使用：这是一次重放。
rejection-malformed = 无法理解该调用：{ $reason }

## 不处理的后果
cost-refund = 云商店在 { $time } 之前会再次调用；之后订单将被退款并计为失败订单。
cost-refund-over = 云商店已于 { $time } 停止调用：订单将被退款并计为失败订单。
cost-renewal = 云商店在 { $time } 之前会再次调用；之后买家已付费的续费将无法兑现。
cost-renewal-over = 云商店已于 { $time } 停止调用：买家已付费的续费没有兑现。
cost-unpaid-use = 云商店在 { $time } 之前会再次调用；之后买家将继续使用未付费的资源。
cost-unpaid-use-over = 云商店已于 { $time } 停止调用：买家仍在使用未付费的资源。
cost-order-unnoticed = 云商店在 { $time } 之前会再次调用；之后不再通知该订单。
cost-order-unnoticed-over = 云商店已于 { $time } 停止调用：不再通知该订单。
cost-license = 云商店将重试到 { $time }，之后需要在卖家中心人工交付 License。
cost-license-over = 云商店已停止自动重试：请在卖家中心人工交付 License，或点击“重新启动”。
cost-organisation = 云商店不会自动重试，由企业管理员决定是否再次同步；在此之前这里保留原有信息。
cost-buyer-sees-nothing = 买家看不到应用信息，或无法变更实例。
failed-orders-so-far = 本月失败订单 { $failed } / { $allowed }
restart-in-console = 重试成功后，请在卖家中心的该消息处点击“重新启动”，云商店会再调用一次并得到结果。
open-console = 打开卖家中心

## 详情
detail-message = 消息
detail-instance = 实例
detail-order = 订单
open-order = 打开订单
detail-gone = 数据库中已不存在。
open-instance = 打开实例
message-number = 编号
timeline = 时间线
attempt-runs = 进行中
call-says = 调用内容
call-says-new = 本版本未知
call-says-new-meaning = 按原样保留，未据此做任何处理。
call-says-encrypted = 已加密；此处设置的 V1 Key 均无法解密
call-says-decrypted = 仅为显示而解密，保存的是密文。
request-and-answer = 请求与应答
request-query = 请求参数
request-body = 请求体
answer = 应答（敏感信息已隐藏）
computed-over = 签名计算的原文（密钥已隐藏）
no-request = 此次处理不是由调用触发的。
access-data = 应用信息
reveal = 显示密码
reveal-license = 显示 License

## 手动开通
fulfil-title = 填写应用信息
fulfil-meaning = 云商店查询实例后，买家即可在订单的资源详情中看到。
fulfil = 开通
fulfil-license-hint = 仅 License 类商品填写
fulfil-needs-url = 必须填写前台地址。

## 结果
toast-retried = 消息 { $id }：{ $result }
toast-retries-done = 重试完成：成功 { $succeeded }，处理中 { $running }，失败 { $failed }，未重试 { $cancelled }
toast-fulfilled = 实例 { $instance } 已开通。
toast-fulfil-refused = 实例 { $instance } 未开通：{ $reason }
toast-key-set = 已设置：{ $class }
toast-key-removed = 已删除：{ $class }
toast-old-key-ended = 旧密钥已失效：{ $class }
toast-rsa-key-set = RSA 私钥已设置。
toast-rsa-key-removed = RSA 私钥已删除。
toast-webhook-secret = { $endpoint } 的 Webhook 密钥已复制到剪贴板。
toast-settings-saved = 已保存。
retry-succeeded = 成功
retry-already-succeeded = 之前已成功，无需处理
retry-failed = 再次失败。{ $reason }
retry-busy = 正在处理中
retry-gone = 已不存在

## 被拒绝的调用
refused-meaning = 签名、密钥或时间不正确的调用。它们不是消息，也不会改变任何数据；保留最近一千条。
nothing-refused = 没有被拒绝的调用
nothing-refused-meaning = 到目前为止，所有调用的签名都有效。

## 设置
settings-keys = 接入密钥
settings-keys-meaning = 来自卖家中心，每类接口一个。密钥加密保存，不会再次显示。
key-base = 基础接口（base）
key-kit = 联营 SaaS 同步接口（kit）
key-license = License 授权码交付接口（license）
key-general = 通用接口（general）
key-v1 = 接入指南 V1.0 的 Key（v1）
key-is-set = 已设置
key-is-missing = 缺失
key-is-optional = 未设置
key-hint = 粘贴接入密钥
key-replace-hint = 粘贴新密钥以替换
key-save = 保存密钥
key-from-environment = 来自本进程的环境变量
key-from-keychain = 保存在加密文件中，由系统钥匙串解锁
key-from-file = 保存在加密文件中，由同目录的密钥文件解锁
key-remove-question = 删除“{ $class }”的密钥？用它签名的调用将被拒绝。
key-remove-both-question = 删除“{ $class }”的密钥及其旧密钥？用其中任一密钥签名的调用都将被拒绝。
key-keep-old = 旧密钥继续有效，直到我停用它
key-old-stays = 旧密钥继续有效，新密钥将替换当前密钥。如需保留当前密钥，请先停用旧密钥。
key-old-valid = 旧密钥仍有效，自 { $time } 起为旧密钥
key-end-old = 停用旧密钥
key-end-old-of = 停用旧密钥：{ $class }
key-end-old-question = 停用“{ $class }”的旧密钥？此后用它签名的调用将被拒绝。
rsa-key = RSA 私钥（kit）
rsa-key-meaning = 用于解密应用同步中的 clientSecret。PEM 格式的 PKCS#8，无密码，3072 位以上。私钥加密保存，不会再次显示。
rsa-key-set = 设置
rsa-key-set-name = 设置 RSA 私钥
rsa-key-replace = 替换
rsa-key-replace-name = 替换 RSA 私钥
rsa-key-pem = PEM 格式的私钥
rsa-key-hint = 从 -----BEGIN PRIVATE KEY----- 粘贴到 -----END PRIVATE KEY-----
rsa-key-save = 保存私钥
rsa-key-remove = 删除 RSA 私钥
rsa-key-remove-of = 删除 { $endpoint } 的 RSA 私钥
rsa-key-remove-question = 删除 RSA 私钥？之后收到的 clientSecret 将无法解密。
settings-endpoints = 生产地址
settings-endpoints-meaning = 每个生产地址有自己的路径，以及自己的开通方式。
endpoint-add = 添加生产地址
endpoint-edit = 编辑 { $name }
endpoint-remove = 删除 { $name }
endpoint-remove-question = 删除生产地址 { $name }？该路径的调用将不再得到应答，它自己的密钥和 Webhook 密钥将一并删除，已有消息会保留。
endpoint-name = 名称
endpoint-path = 路径
endpoint-fulfilment = 开通方式
endpoint-encrypt-type-meaning = V1 应答中 userName 和 password 的加密方式，与商品的“敏感信息加密算法”一致。
endpoint-body-sign = V2 应答也签名
endpoint-body-sign-meaning = V1 应答始终签名。V2 的文档说法不一，签名没有坏处。
fulfilment-template = 模板
fulfilment-template-meaning = 每次购买立即按同一模板开通；{"{"}instanceId{"}"} 代表实例。
fulfilment-manual = 手动
fulfilment-manual-meaning = 购买后等待操作员填写应用信息。
fulfilment-webhook = Webhook
fulfilment-webhook-meaning = 通过 HTTP 请求您的后台，签名遵循 Standard Webhooks 约定。
template-meaning = 将替换 {"{"}instanceId{"}"}、{"{"}orderId{"}"} 和 {"{"}orderLineId{"}"}。
webhook-url = 您的后台地址
webhook-timeout = 最多等待
webhook-secret = 复制密钥
webhook-secret-meaning = 复制 whsec_ 密钥，您的后台用它校验 Webhook。
settings-receiver = 接收服务
settings-listen = 监听地址
settings-listen-invalid = 地址加端口，例如 127.0.0.1:8480。
settings-listen-meaning = 云商店通过 HTTPS 调用：请在前面放置 TLS 代理，或在 config.toml 的 [receiver.tls] 中指定证书和私钥。
settings-data-dir = 数据目录
settings-window = 窗口
settings-language = 语言
settings-theme = 主题
as-the-system = 跟随系统
theme-light = 浅色
theme-dark = 深色

## 无法启动
trouble-title = Sellerdesk 无法启动
trouble-meaning = 没有任何数据被更改。请按上面的说明处理后重新启动。
trouble-copy = 复制

## Orders
count-orders = { $count } 条订单行
no-orders = 还没有订单
no-orders-meaning = 第一个提到某订单的调用到达后，该订单会出现在这里。在“设置”中填写商家的 AK 和 SK 后，调用中没有的内容（商品、客户、周期）会自动向云商店查询。
column-order-type = 订单类型
column-charging-mode = 计费模式
column-quantity = 数量
column-ordered = 下单时间
query-orders-shown = 查询全部显示的订单
query-orders-marked = 查询选中的 { $count } 个
query-orders-meaning = 逐个向云商店查询这些订单（order/query）
query-order = 查询订单
query-order-meaning = 向云商店查询该订单（order/query）
queried-at = 最近查询
never-queried = 尚未向云商店查询
order-period = 周期
period-years = { $count } 年
period-months = { $count } 个月
period-days = { $count } 天
order-type-new = 新购
order-type-trial = 试用
order-type-trial-to-formal = 试用转商用
order-type-unsubscribe = 退订
order-type-renew = 续费
order-type-change = 变更
charging-mode-on-demand = 按需
charging-mode-one-time = 按次
charging-mode-period = 包周期
charging-mode-package = 按需套餐包

## 云商店开放接口：出错原因与处理办法
access-key = AK 和 SK（开放接口）
access-key-meaning = 使用商家的访问密钥（我的凭证 > 管理访问密钥），Sellerdesk 可在云商店激活授权码、查询订单、上传 License。密钥加密保存，SK 不会再次显示。
access-key-is-set = { $ak }
access-key-set-name = 设置 AK 和 SK
access-key-replace-name = 替换 AK 和 SK
access-key-save = 保存 AK 和 SK
access-key-remove = 删除 AK 和 SK
access-key-remove-question = 删除 AK 和 SK？没有它们就无法调用云商店的开放接口。
toast-access-key-set = AK 和 SK 已设置。
toast-access-key-removed = AK 和 SK 已删除。
fault-no-access-key = 尚未设置 AK 和 SK。请在“设置”中填写后重试。
fault-no-base-key = 尚未设置基础接口的 accessKey，使用量需用它签名。请在“设置”中填写后重试。
fault-unreachable = 无法连接 { $host }（{ $reason }）。请检查网络；稍后会自动重试。
fault-certificate = { $host } 的证书不受信任，因此未发送任何内容：{ $reason }。解密 TLS 的代理会造成这种情况。
fault-timed-out = { $host } 在 { $seconds } 秒内没有应答，不清楚请求是否已被受理。
fault-cut-off = 与 { $host } 的连接在应答完成前中断，不清楚请求是否已被受理。
fault-not-understood = 返回 HTTP { $status } 的不是云商店，可能是代理：{ $excerpt }
fault-clock-behind = 本机时钟比云商店慢 { $minutes } 分钟，因此所有签名都会被拒绝。请校准时钟后重试。
fault-clock-ahead = 本机时钟比云商店快 { $minutes } 分钟，因此所有签名都会被拒绝。请校准时钟后重试。
code-throttled = 云商店暂时不再接受调用，稍后会自动重试
code-internal-error = 云商店内部错误；在不会造成重复的情况下会自动重试
code-unavailable = 云商店网关无法访问其后端服务；在不会造成重复的情况下会自动重试
code-invalid-request = 云商店认为某个参数错误、缺失或过长，请检查
code-license-illegal-state = 授权码当前状态不允许该操作，通常是之前已激活。可先查询授权码
code-license-not-received = 买家尚未领取该授权码：请买家在“服务监管”中点击“领取”，然后重试
code-license-unknown = 云商店没有该授权码，请与买家的授权码逐字核对
code-license-not-activated = 授权码尚未激活，请先激活
code-license-batch-invalid = 列表中有无法激活的授权码
code-license-resource-invalid = License 资源不可用，请在卖家中心查看订单
code-license-application-invalid = 该 License 申请已失效
code-license-nothing-left = 该 License 资源在本周期已无余量
code-license-malformed = 云商店认为 License 格式错误，请核对约定的格式
code-license-application-denied = 该申请之前已被拒绝
code-not-allowed = AK 和 SK 的所有者无权执行：订单或实例属于其他商家，或 IAM 用户未开通编程访问
code-not-authenticated = 云商店不接受该 AK 和 SK，请从“我的凭证”重新复制
code-signature-expired = 签名已过期，请检查本机时钟
code-instance-unknown = 云商店没有该实例
code-usage-invalid = 云商店认为某条使用量记录有误
code-usage-too-many = 单次调用的使用量记录过多
code-usage-too-old = 有使用量记录的开始时间早于 21 天，已不再受理
code-no-such-interface = 该地址没有此接口，请检查 [marketplace] 的 site 和 base_url
code-unknown = 云商店拒绝了请求
exception-usage-refused = 云商店未受理 { $count } 条话单，第一条（{ $sn }）的原因：{ $code }
usage-code-instance-unknown = 云商店没有该实例，请检查实例 ID
usage-code-time-format = 时间格式不符合云商店要求
usage-code-usage = 用量不被接受：必须大于 0，最多 4 位小数
usage-code-sn-missing = 话单缺少 meteringSn
usage-code-sn-repeated = meteringSn 与其他话单重复
usage-code-withdrawn = 商品已下架，不再计费
usage-code-expired = 话单上报过晚
usage-code-other-seller = 该实例属于其他商家
usage-code-duplicate = 该时段的话单已存在；云商店对同一实例的同一时段只受理一次
usage-code-time-range = 时段超出实例有效期或在未来
usage-code-not-pay-per-use = 该实例不是按需资源
usage-code-instance-state = 实例已冻结或释放；处理后可再次发送
usage-code-unknown = 云商店以错误码 { $code } 拒绝

## 人工提交 License
upload-title = 提交 License
upload-meaning = 买家申请了 License。请粘贴 License，或填写其文件路径：将上传到云商店（market-event/file），由云商店交给买家。
upload-text = License 文本
upload-file = License 文件
upload-send-text = 上传文本
upload-send-file = 上传文件

## API 类商品调试
place-bench = API 调试
bench-meaning = 像买家一样为 API 类商品的一次请求签名并发送，并显示参与签名的全部内容。AppKey 和 AppSecret（或 AppCode）见买家中心的“资源详情”。不会保存任何内容。
bench-by-app-key = 使用 AppKey 和 AppSecret 签名
bench-by-app-code = AppCode
bench-headers = 请求头，每行一个
bench-body = 请求体
bench-send = 签名并发送
bench-answer-headers = 应答头
bench-canonical = 规范请求
bench-string-to-sign = 待签字符串
bench-not-authenticated = 网关不接受该 AppKey 和 AppSecret（或 AppCode）；请将规范请求与其应答中的内容对照
bench-not-allowed = 该凭据无权调用此 API，或配额已用完
bench-no-such-api = 网关没有此 API：请检查地址、方法和请求头 X-Stage
bench-throttled = 网关暂时不再接受调用
bench-unavailable = 网关无法访问其后端 API
